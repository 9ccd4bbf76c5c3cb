package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Stream;
import java.util.List;
import java.util.Optional;

/**
 * Queues the kernels of one step on one stream, from token ids to the outputs of the rows that
 * emit, for as many rows as its shape says. Knows nothing of the step but that.
 */
final class Pass {
  private final int layers;
  private final LastTokens lastTokens;
  private final Embedding embedding;
  private final LayerTask layer;
  private final Optional<FusedLayer> fused; // for few rows
  private final Head head;

  /** Takes nothing of the device but kernels, so that there may be several. */
  Pass(DeviceModel on, StepShape shape, Context context, Stream stream) {
    layers = on.spec().layers();
    GeneralKernels kernels = new GeneralKernels(context, stream);
    Adapters adapters =
        new Adapters(
            new AdapterKernels(context, stream, on.adapters().layout().bytes()),
            on.adapters(),
            shape,
            on.joins(),
            on.h(),
            on.scaled());
    SplitAttention split = new SplitAttention(context, stream, on.split());
    Parts parts =
        new Parts(kernels, split, on.spec(), on.weights(), on.at(), shape, on.block(), adapters);
    lastTokens = new LastTokens(on, shape, context, stream);
    embedding = new Embedding(parts);
    layer = layer(parts, on.pages(), mlp(parts, context, stream), on.slopes());
    fused = FusedLayer.of(parts, on, context, stream);
    head = new Head(parts);
  }

  /** What runs the layers: {@code general}, or for steps of few rows {@code fused}. */
  String path() {
    return fused.isPresent() ? "fused" : "general";
  }

  void queue() {
    lastTokens.run();
    embedding.run();
    LayerTask task = fused.isPresent() && fused.get().takes() ? fused.get() : layer;
    for (int l = 0; l < layers; l++) {
      task.run(l);
    }
    head.run();
  }

  /** Makes the feed-forward layer for an input. */
  private interface Mlp {
    LayerTask of(Panel input);
  }

  private static Mlp mlp(Parts parts, Context context, Stream stream) {
    if (parts.spec().experts().isEmpty()) {
      return input -> FeedForward.of(parts, input);
    }
    ExpertKernels kernels = new ExpertKernels(context, stream);
    return input -> new SparseFeedForward(parts, kernels, input);
  }

  private static LayerTask layer(Parts parts, KvPages pages, Mlp mlp, long slopes) {
    Workspace at = parts.at();
    Panel normed = at.normed();
    LayerTask join = parts.join();
    return Parts.all(
        switch (parts.spec().residual()) {
          case PRE ->
              List.of(
                  parts.normBefore(NormPlace.BEFORE_ATTENTION, normed),
                  SelfAttention.of(parts, pages, normed, slopes),
                  join,
                  parts.normBefore(NormPlace.BEFORE_MLP, normed),
                  mlp.of(normed),
                  join);
          case POST ->
              List.of(
                  SelfAttention.of(parts, pages, at.x(), slopes),
                  parts.normAfter(NormPlace.AFTER_ATTENTION),
                  join,
                  mlp.of(at.x()),
                  parts.normAfter(NormPlace.AFTER_MLP),
                  join);
          case SANDWICH ->
              List.of(
                  parts.normBefore(NormPlace.BEFORE_ATTENTION, normed),
                  SelfAttention.of(parts, pages, normed, slopes),
                  parts.normAfter(NormPlace.AFTER_ATTENTION),
                  join,
                  parts.normBefore(NormPlace.BEFORE_MLP, normed),
                  mlp.of(normed),
                  parts.normAfter(NormPlace.AFTER_MLP),
                  join);
          case PARALLEL ->
              List.of(
                  parts.normBefore(NormPlace.BEFORE_ATTENTION, normed),
                  SelfAttention.of(parts, pages, normed, slopes),
                  join,
                  mlp.of(normed),
                  join);
          case PARALLEL_TWO_NORMS ->
              List.of(
                  parts.normBefore(NormPlace.BEFORE_ATTENTION, normed),
                  parts.normBefore(NormPlace.BEFORE_MLP, at.mlpNormed()),
                  SelfAttention.of(parts, pages, normed, slopes),
                  join,
                  mlp.of(at.mlpNormed()),
                  join);
        });
  }
}
