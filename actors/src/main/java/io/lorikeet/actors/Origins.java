package io.lorikeet.actors;

import io.lorikeet.engine.adapter.GenerationId;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How the image of a generation can be had again. */
final class Origins {
  // Under which names it was loaded.
  private final Map<GenerationId, Set<String>> names = new HashMap<>();
  private final Map<GenerationId, MergeOrder> merges = new HashMap<>();

  void loaded(GenerationId generation, String name) {
    names.computeIfAbsent(generation, _ -> new LinkedHashSet<>()).add(name);
  }

  void merged(MergeOrder order) {
    merges.put(order.generation(), order);
  }

  Set<String> names(GenerationId generation) {
    return names.getOrDefault(generation, Set.of());
  }

  Optional<MergeOrder> merge(GenerationId generation) {
    return Optional.ofNullable(merges.get(generation));
  }

  void forget(GenerationId generation) {
    names.remove(generation);
    merges.remove(generation);
  }
}
