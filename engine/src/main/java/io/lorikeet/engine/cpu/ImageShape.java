package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/** Whether an image fits a model: kernels check nothing. */
final class ImageShape {
  private final DecoderSpec spec;

  ImageShape(DecoderSpec spec) {
    this.spec = spec;
  }

  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException the image was made for another model
   */
  void check(AdapterImage image) {
    require(image.layers().size() == spec.layers(), "layers must be " + spec.layers());
    for (var layer : image.layers()) {
      layer.forEach((projection, delta) ->
          check(delta, projection.toString(), spec.outputs(projection), spec.inputs(projection)));
    }
    check(image.embedding());
    check(image.head());
    require(
        image.norms().isEmpty() || image.norms().size() == spec.layers() + 1,
        "norms must be of every layer and the last one, or absent");
    for (var norms : image.norms()) {
      norms.forEach((norm, weight) ->
          require(weight.length == spec.hidden(), norm + " must have " + spec.hidden()));
    }
  }

  private void check(EmbeddingDelta embedding) {
    check(embedding.matrix(), embedding.rows(), "embedding");
    embedding
        .update()
        .ifPresent(update ->
            require(
                update.a().rows() == spec.vocab() && update.b().rows() == spec.hidden(),
                "the update of the embedding must be [vocab, rank] and [hidden, rank]"));
  }

  private void check(HeadDelta head) {
    check(head.matrix(), head.rows(), "head");
    check(head.delta(), "head", spec.vocab(), spec.hidden());
  }

  private void check(Optional<Matrix> matrix, Optional<TokenRows> rows, String name) {
    boolean fits =
        matrix.map(m -> m.rows() == spec.vocab() && m.cols() == spec.hidden()).orElse(true)
            && rows.map(this::fits).orElse(true);
    require(fits, "the " + name + " must be [%d, %d]".formatted(spec.vocab(), spec.hidden()));
  }

  private boolean fits(TokenRows rows) {
    int[] ids = rows.ids();
    return rows.rows().cols() == spec.hidden() && ids[0] >= 0 && ids[ids.length - 1] < spec.vocab();
  }

  private static void check(Delta delta, String name, int outputs, int inputs) {
    boolean fits =
        delta.lowRank().map(l -> l.a().cols() == inputs && l.b().rows() == outputs).orElse(true)
            && delta.rowScale().map(s -> s.length == outputs).orElse(true)
            && delta.inputScale().map(s -> s.length == inputs).orElse(true)
            && delta.bias().map(b -> b.length == outputs).orElse(true);
    require(fits, "deltas of %s must be [%d, %d]".formatted(name, outputs, inputs));
  }

  private static void require(boolean fits, String message) {
    if (!fits) {
      throw new IllegalArgumentException("the image is of another model: " + message);
    }
  }
}
