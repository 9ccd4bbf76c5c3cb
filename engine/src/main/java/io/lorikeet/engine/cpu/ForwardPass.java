package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.step.StepRows;
import io.lorikeet.kernels.Kernels;
import java.util.List;

/**
 * One step through the decoder, from token ids to the logits of the rows that emit. Reads as the
 * model is written in papers; the parts are chosen once, by the model's spec.
 */
final class ForwardPass {
  private static final int SHARED_INPUT_MAX = 3;

  private final StepRows rows;
  private final Segments segments;
  private final Parts parts;
  private final int layers;
  private final Embedding embedding;
  private final LayerTask[] block;
  private final Head head;

  ForwardPass(
      Kernels kernels,
      WorkerPool pool,
      LoadedModel model,
      BaseWeights base,
      KvCache kv,
      StepRows rows,
      Slots slots,
      int rowsMax) {
    DecoderSpec spec = model.spec();
    this.rows = rows;
    segments = new Segments(kernels, pool, slots, rowsMax, SHARED_INPUT_MAX);
    Workspace at = Workspace.of(spec, rowsMax);
    parts = new Parts(kernels, pool, spec, model.weights(), base, rows, segments, at);
    layers = spec.layers();
    embedding = new Embedding(parts);
    block = block(kv).toArray(LayerTask[]::new);
    head = new Head(parts);
  }

  /** Runs a step; the logits of emitting row e are then row e of {@link #logits()}. */
  void run(Step step) {
    rows.read(step);
    segments.read(step);
    embedding.run();
    for (int layer = 0; layer < layers; layer++) {
      for (LayerTask task : block) {
        task.run(layer);
      }
    }
    head.run();
  }

  /** {@code [emitting rows, vocab]} */
  Panel logits() {
    return parts.at().logits();
  }

  /**
   * {@code [rows, hidden]} where row {@code emittingCount + h} is that of {@code rows.hidden[h]}.
   */
  Panel hidden() {
    return parts.at().normed();
  }

  private List<LayerTask> block(KvCache kv) {
    Workspace at = parts.at();
    Residual residual = Residual.of(parts.kernels(), at, parts.spec().scaling().residual());
    Linear.Then add =
        (begin, end) -> {
          for (int row = 0; row < rows.count && begin < end; row++) {
            residual.add(row, begin, end);
          }
        };
    Linear.Then keep = Linear.Then.NOTHING;
    return switch (parts.spec().residual()) {
      case PRE ->
          List.of(
              before(NormPlace.BEFORE_ATTENTION, at.normed()),
              new SelfAttention(parts, kv, at.normed(), add),
              before(NormPlace.BEFORE_MLP, at.normed()),
              mlp(at.normed(), add));
      case POST ->
          List.of(
              new SelfAttention(parts, kv, at.x(), keep),
              new NormAfter(parts, NormPlace.AFTER_ATTENTION, residual),
              mlp(at.x(), keep),
              new NormAfter(parts, NormPlace.AFTER_MLP, residual));
      case SANDWICH ->
          List.of(
              before(NormPlace.BEFORE_ATTENTION, at.normed()),
              new SelfAttention(parts, kv, at.normed(), keep),
              new NormAfter(parts, NormPlace.AFTER_ATTENTION, residual),
              before(NormPlace.BEFORE_MLP, at.normed()),
              mlp(at.normed(), keep),
              new NormAfter(parts, NormPlace.AFTER_MLP, residual));
      case PARALLEL ->
          List.of(
              before(NormPlace.BEFORE_ATTENTION, at.normed()),
              new SelfAttention(parts, kv, at.normed(), add),
              mlp(at.normed(), add));
      case PARALLEL_TWO_NORMS ->
          List.of(
              before(NormPlace.BEFORE_ATTENTION, at.normed()),
              before(NormPlace.BEFORE_MLP, at.mlpNormed()),
              new SelfAttention(parts, kv, at.normed(), add),
              mlp(at.mlpNormed(), add));
    };
  }

  private NormBefore before(NormPlace place, Panel to) {
    return new NormBefore(parts, place, to);
  }

  private LayerTask mlp(Panel input, Linear.Then then) {
    return parts.spec().experts().isPresent()
        ? new SparseFeedForward(parts, input, then)
        : new FeedForward(parts, input, then);
  }
}
