package io.lorikeet.engine.adapter.merge;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.peft.AdapterFolder;
import io.lorikeet.engine.format.peft.AdapterLimits;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/** The merges that PEFT made for the golden data: their recipes, parts and results. */
public final class GoldenMerges {
  public static final String MODEL = "llama";

  /**
   * Entries of A that PEFT dropped although they stand before equal ones that it kept: torch.topk
   * leaves open which of equal entries it takes, we take the first. A hair less, and they go here
   * too.
   */
  private static final List<Tie> TIES =
      List.of(
          new Tie("all-linear-r4", 0, Projection.Q, 17),
          new Tie("all-linear-r4-b", 0, Projection.V, 77),
          new Tie("all-linear-r4-b", 1, Projection.K, 100),
          new Tie("all-linear-r4-b", 1, Projection.DOWN, 137));

  private record Tie(String adapter, int layer, Projection projection, int index) {}

  /**
   * A merge.
   *
   * @param name of the adapter that PEFT stored
   * @param random entries were drawn, so that only their statistics can be compared
   */
  public record Stored(String name, boolean random, Derivation derivation, List<PlainLora> parts) {
    @Override
    public String toString() {
      return name;
    }
  }

  private GoldenMerges() {}

  /** Every merge, once. */
  public static List<Stored> read(LoadedModel model) {
    Map<String, Stored> found = new LinkedHashMap<>();
    for (JsonNode run : Fixtures.json(Fixtures.path("models", MODEL, "golden.json")).get("runs")) {
      JsonNode how = run.path("combination");
      if (!how.isMissingNode()) {
        String name = how.get("merged_adapter").textValue();
        found.computeIfAbsent(name, n -> read(n, how, run.get("adapter"), model));
      }
    }
    return List.copyOf(found.values());
  }

  private static Stored read(String name, JsonNode how, JsonNode adapters, LoadedModel model) {
    List<PlainLora> parts = new ArrayList<>();
    List<Recipe.Part<GenerationId>> weighted = new ArrayList<>();
    for (JsonNode adapter : adapters) {
      PlainLora part = withTies(lora(adapter.get("name").textValue(), model));
      parts.add(part);
      weighted.add(new Recipe.Part<>(part.generation(), adapter.get("weight").doubleValue()));
    }
    JsonNode density = how.get("density");
    Recipe<GenerationId> recipe =
        new Recipe<>(
            Strategy.of(how.get("type").textValue()),
            weighted,
            density.isNull() ? OptionalDouble.empty() : OptionalDouble.of(density.doubleValue()),
            MajoritySign.TOTAL);
    return new Stored(
        name, how.get("statistical").booleanValue(), Derivation.of(recipe), List.copyOf(parts));
  }

  /** An adapter of the golden model. */
  public static PlainLora lora(String name, LoadedModel model) {
    return AdapterFolder.readPlain(
        name,
        AdapterFolder.copy(Fixtures.path("models", MODEL, "adapters", name), AdapterLimits.DEFAULT),
        model,
        AdapterLimits.DEFAULT);
  }

  private static PlainLora withTies(PlainLora lora) {
    List<Map<Projection, Factors>> layers = new ArrayList<>();
    lora.layers().forEach(layer -> layers.add(new EnumMap<>(layer)));
    for (Tie tie : TIES) {
      if (tie.adapter.equals(lora.name())) {
        Map<Projection, Factors> layer = layers.get(tie.layer);
        Factors factors = Objects.requireNonNull(layer.get(tie.projection));
        layer.put(
            tie.projection,
            new Factors(less(factors.a(), tie.index), factors.b(), factors.scale()));
      }
    }
    return new PlainLora(
        lora.name(), lora.generation(), layers, lora.embedding(), lora.positions(), lora.head());
  }

  private static Matrix less(Matrix matrix, int index) {
    float[] values = new float[matrix.rows() * matrix.cols()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Widen.element(matrix.dtype(), matrix.data(), i);
    }
    values[index] -= Math.copySign(Math.ulp(values[index]), values[index]);
    return new Matrix(MemorySegment.ofArray(values), DType.F32, matrix.rows(), matrix.cols());
  }
}
