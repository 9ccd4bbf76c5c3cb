package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.format.peft.AdapterTensors.Part;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.ModelWeights;
import io.lorikeet.engine.model.ModulePaths;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns the tensors of norms into those that take the place of the base's. A norm that is saved as
 * a whole brings all of its tensors; a trained bias comes alone.
 */
final class NormReader {
  /** How a norm stands in the file that takes the base's place as a whole. */
  enum Whole {
    /** In modules_to_save. */
    SAVED(Part.WEIGHT, Part.BIAS),
    /** By LN tuning. */
    TUNED(Part.TUNED_WEIGHT, Part.TUNED_BIAS);

    private final Part weight;
    private final Part bias;

    Whole(Part weight, Part bias) {
      this.weight = weight;
      this.bias = bias;
    }
  }

  private final DecoderSpec spec;
  private final ModelWeights base;
  private final ModulePaths.Norms stored;
  private final ImageMemory memory;
  private final List<Map<NormPlace, Norm>> layers = new ArrayList<>();
  private Optional<Norm> embedding = Optional.empty();
  private Optional<Norm> last = Optional.empty();

  NormReader(DecoderSpec spec, ModelWeights base, ImageMemory memory) {
    this.spec = spec;
    this.base = base;
    this.stored = spec.modules().norms();
    this.memory = memory;
    for (int layer = 0; layer < spec.layers(); layer++) {
      layers.add(new EnumMap<>(NormPlace.class));
    }
  }

  /** The norms read so far that are not the base's. */
  ReplacedNorms result() {
    return new ReplacedNorms(layers, embedding, last);
  }

  /**
   * Reads a norm.
   *
   * @param whole the norm is replaced as a whole
   * @param bias a trained bias takes the place of the base's
   */
  void read(Site.Scale site, ModuleParts parts, Optional<Whole> whole, boolean bias) {
    switch (site) {
      case Site.LayerNorm(int layer, NormPlace place) ->
          read(parts, spec.normShape(place), base.norm(layer, place), whole, bias)
              .ifPresent(norm -> layers.get(layer).put(place, norm));
      case Site.EmbeddingNorm _ ->
          embedding =
              read(parts, List.of(spec.hidden()), base.embeddingNorm().orElseThrow(), whole, bias);
      case Site.LastNorm _ ->
          last = read(parts, List.of(spec.hidden()), base.finalNorm(), whole, bias);
    }
    parts.refuseRest();
  }

  private Optional<Norm> read(
      ModuleParts parts, List<Integer> shape, Norm of, Optional<Whole> whole, boolean bias) {
    float[] weight = of.weight();
    float[] shift = of.bias();
    if (whole.isPresent()) {
      weight = values(parts, whole.get().weight, shape);
      for (int i = 0; i < weight.length; i++) {
        weight[i] += stored.offset();
      }
    }
    Part shiftPart = whole.map(found -> found.bias).orElse(Part.BIAS);
    if (stored.biased() && (whole.isPresent() || (bias && parts.has(Part.BIAS)))) {
      shift = values(parts, shiftPart, shape);
    }
    if (Arrays.equals(weight, of.weight()) && Arrays.equals(shift, of.bias())) {
      return Optional.empty();
    }
    return Optional.of(new Norm(memory.count(weight), memory.count(shift)));
  }

  private static float[] values(ModuleParts parts, Part part, List<Integer> shape) {
    return ImageMemory.floats(ModuleParts.values(parts.require(part), shape));
  }
}
