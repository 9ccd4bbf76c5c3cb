package io.lorikeet.actors;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The adapters of one request and the leases that it has on them. Knows nobody who grants them. */
final class Leases {
  /** An adapter and its factor in the sum. */
  record Part(String name, double weight) {}

  private final List<Part> parts;
  private final Optional<Recipe<String>> recipe;
  private final Map<String, Lease> granted = new HashMap<>();

  /**
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE for a name that is given twice
   */
  Leases(List<Part> parts) {
    this.parts = List.copyOf(parts);
    this.recipe = Optional.empty();
    Set<String> seen = new HashSet<>();
    for (Part part : parts) {
      if (!seen.add(part.name())) {
        throw new LorikeetException(
            ErrorCode.PARAMETER_OUT_OF_RANGE,
            "an adapter may be in a sum only once. Given twice: " + part.name());
      }
    }
  }

  /** For a merge there is one lease, which has all names as its name. */
  Leases(Recipe<String> recipe) {
    this.parts = List.of(new Part(String.join(",", recipe.adapters()), 1));
    this.recipe = Optional.of(recipe);
  }

  /** The adapters, in the order of the request. */
  List<String> names() {
    return parts.stream().map(Part::name).toList();
  }

  void add(Lease lease) {
    granted.put(lease.name(), lease);
  }

  boolean complete() {
    return granted.size() == parts.size();
  }

  /** The leases that are there; an order of no meaning. */
  List<Lease> all() {
    return List.copyOf(granted.values());
  }

  /** Who answers; must be complete. */
  Answer.Answerer answerer() {
    return recipe
        .<Answer.Answerer>map(r -> new Answer.Merge(r, generation(parts.getFirst())))
        .orElseGet(() ->
            new Answer.Sum(
                parts.stream()
                    .map(part -> new Answer.Adapter(part.name(), part.weight(), generation(part)))
                    .toList()));
  }

  /**
   * What the step loop runs; must be complete. Names whose files are the same are one adapter with
   * the sum of their weights.
   *
   * @throws LorikeetException ADAPTER_NOT_COMPOSABLE for an adapter that only works alone;
   *     PARAMETER_OUT_OF_RANGE where weights of the same files add up to infinity
   */
  Composition composition() {
    if (parts.size() == 1 && parts.getFirst().weight() == 1) {
      return Composition.of(generation(parts.getFirst()));
    }
    Map<GenerationId, Double> weights = new LinkedHashMap<>();
    for (Part part : parts) {
      if (!lease(part).composes()) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_NOT_COMPOSABLE,
            "adapter `%s` does not only add to what the base computes, so it works alone and with weight 1 only"
                .formatted(part.name()));
      }
      weights.merge(generation(part), part.weight(), Double::sum);
    }
    return new Composition(
        weights.entrySet().stream()
            .filter(entry -> entry.getValue().floatValue() != 0)
            .map(entry -> new Composition.Part(entry.getKey(), finite(entry.getValue())))
            .toList());
  }

  private static float finite(double weight) {
    float sum = (float) weight;
    if (Float.isInfinite(sum)) {
      throw new LorikeetException(
          ErrorCode.PARAMETER_OUT_OF_RANGE,
          "weights of adapters with the same files must add up to a finite number. Given: "
              + weight);
    }
    return sum;
  }

  private GenerationId generation(Part part) {
    return lease(part).generation();
  }

  private Lease lease(Part part) {
    Lease lease = granted.get(part.name());
    if (lease == null) {
      throw new IllegalStateException("there is no lease on `" + part.name() + "`");
    }
    return lease;
  }
}
