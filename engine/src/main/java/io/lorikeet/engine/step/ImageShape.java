package io.lorikeet.engine.step;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.DecoderSpec.NormKind;
import io.lorikeet.engine.model.DecoderSpec.Positions;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Matrix;
import java.util.Optional;

/** Whether an image fits a model: kernels check nothing. */
public final class ImageShape {
  private final DecoderSpec spec;

  /** Of images for a model. */
  public ImageShape(DecoderSpec spec) {
    this.spec = spec;
  }

  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException the image was made for another model
   */
  public void check(AdapterImage image) {
    require(image.layers().size() == spec.layers(), "layers must be " + spec.layers());
    for (var layer : image.layers()) {
      layer.forEach((projection, delta) ->
          check(delta, projection.toString(), spec.outputs(projection), spec.inputs(projection)));
    }
    require(
        image.experts().isEmpty() || image.experts().size() == spec.layers(),
        "experts must be of every layer, or absent");
    image.experts().forEach(this::check);
    check(image.embedding(), spec.vocab(), "embedding");
    boolean learned = spec.attention().positions() == Positions.LEARNED;
    require(learned || image.positions().isNone(), "there are no learned positions");
    check(image.positions(), spec.contextMax(), "positions");
    check(image.head());
    check(image.norms());
  }

  private void check(ExpertsDelta delta) {
    if (delta.isNone()) {
      return;
    }
    require(spec.experts().isPresent(), "it has no experts");
    Experts experts = spec.experts().orElseThrow();
    checkSparse(delta.router(), "router", experts.count(), spec.hidden());
    require(delta.sharedGate().isNone() || experts.sharedWidth() > 0, "it has no shared expert");
    checkSparse(delta.sharedGate(), "shared gate", 1, spec.hidden());
    require(
        delta.experts().isEmpty() || delta.experts().size() == experts.count(),
        "experts must be " + experts.count());
    delta.experts().forEach(expert -> expert.forEach(this::checkExpert));
  }

  private void checkExpert(Projection projection, Delta delta) {
    int width = spec.intermediate();
    switch (projection) {
      case GATE, UP -> checkSparse(delta, "an expert's " + projection, width, spec.hidden());
      case DOWN -> checkSparse(delta, "an expert's DOWN", spec.hidden(), width);
      default -> require(false, "experts have no " + projection);
    }
  }

  private static void checkSparse(Delta delta, String name, int outputs, int inputs) {
    require(delta.inputScale().isEmpty(), name + " must have no input scale");
    check(delta, name, outputs, inputs);
  }

  private void check(EmbeddingDelta embedding, int tokens, String name) {
    check(embedding.matrix(), embedding.rows(), tokens, name);
    embedding
        .update()
        .ifPresent(update ->
            require(
                update.a().rows() == tokens && update.b().rows() == spec.hidden(),
                "the update of the " + name + " must be [tokens, rank] and [hidden, rank]"));
  }

  private void check(HeadDelta head) {
    check(head.matrix(), head.rows(), spec.vocab(), "head");
    check(head.delta(), "head", spec.vocab(), spec.hidden());
    require(head.delta().inputScale().isEmpty(), "the head's inputs have no scale");
  }

  private void check(ReplacedNorms norms) {
    require(
        norms.layers().isEmpty() || norms.layers().size() == spec.layers(),
        "norms must be of every layer, or absent");
    for (var layer : norms.layers()) {
      layer.forEach((place, norm) -> {
        require(spec.norms().contains(place), "there is no norm " + place);
        int width = spec.normShape(place).stream().reduce(1, (a, b) -> a * b);
        check(norm, width, place.toString());
      });
    }
    require(spec.embeddingNorm() || norms.embedding().isEmpty(), "the embedding has no norm");
    norms.embedding().ifPresent(norm -> check(norm, spec.hidden(), "the embedding's norm"));
    norms.last().ifPresent(norm -> check(norm, spec.hidden(), "the last norm"));
  }

  private void check(Norm norm, int width, String name) {
    int bias = spec.norm() == NormKind.LAYER ? width : 0;
    require(
        norm.weight().length == width && norm.bias().length == bias,
        "%s must have %d weights and %d biases".formatted(name, width, bias));
  }

  private void check(Optional<Matrix> matrix, Optional<TokenRows> rows, int tokens, String name) {
    boolean fits =
        matrix.map(m -> m.rows() == tokens && m.cols() == spec.hidden()).orElse(true)
            && rows.map(r -> fits(r, tokens)).orElse(true);
    require(fits, "the " + name + " must be [%d, %d]".formatted(tokens, spec.hidden()));
  }

  private boolean fits(TokenRows rows, int tokens) {
    int[] ids = rows.ids();
    return rows.rows().cols() == spec.hidden() && ids[0] >= 0 && ids[ids.length - 1] < tokens;
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
