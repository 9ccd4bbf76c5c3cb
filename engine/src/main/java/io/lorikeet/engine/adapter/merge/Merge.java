package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.Projection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Builds the image of a derivation. */
public final class Merge {
  private final Derivation derivation;
  private final List<PlainLora> adapters;
  private final FactorMerge factors;
  private final MergedMemory memory = new MergedMemory();

  private Merge(Derivation derivation, List<PlainLora> adapters) {
    this.derivation = derivation;
    this.adapters = adapters;
    this.factors = new FactorMerge(derivation.recipe(), derivation.generation());
  }

  /**
   * Merges adapters of one base. Takes time and memory in proportion to their size.
   *
   * @param adapters those of the recipe, in any order
   * @param bytesMax limit of the image
   * @throws LorikeetException ADAPTER_RANK_MISMATCH, ADAPTER_MERGE_UNSUPPORTED (scales),
   *     ADAPTER_TOO_LARGE, ADAPTER_TENSOR_NOT_FINITE, ADAPTER_HAS_NO_EFFECT
   */
  public static AdapterImage of(Derivation derivation, List<PlainLora> adapters, long bytesMax) {
    List<PlainLora> ordered =
        derivation.recipe().adapters().stream()
            .map(generation ->
                adapters.stream()
                    .filter(adapter -> adapter.generation().equals(generation))
                    .findFirst()
                    .orElseThrow())
            .toList();
    return new Merge(derivation, ordered).image(bytesMax);
  }

  private AdapterImage image(long bytesMax) {
    List<Map<Projection, ModuleMerge>> layers = new ArrayList<>();
    for (int layer = 0; layer < adapters.getFirst().layers().size(); layer++) {
      layers.add(layer(layer));
    }
    Optional<ModuleMerge> embedding = module(Place.EMBEDDING, PlainLora::embedding);
    Optional<ModuleMerge> positions = module(Place.POSITIONS, PlainLora::positions);
    Optional<ModuleMerge> head = module(Place.HEAD, PlainLora::head);
    List<ModuleMerge> all = new ArrayList<>();
    layers.forEach(layer -> all.addAll(layer.values()));
    Stream.of(embedding, positions, head).flatMap(Optional::stream).forEach(all::add);
    check(all, bytesMax);

    List<Map<Projection, Delta>> deltas = layers.stream().map(this::deltas).toList();
    EmbeddingDelta embeddingDelta = embedding(embedding);
    EmbeddingDelta positionsDelta = embedding(positions);
    HeadDelta headDelta =
        new HeadDelta(Optional.empty(), Optional.empty(), head.map(this::delta).orElse(Delta.NONE));
    if (!memory.changesAnything()) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_HAS_NO_EFFECT, "the merge changes nothing: all of it was pruned away");
    }
    return new AdapterImage(
        derivation.generation(),
        deltas,
        List.of(),
        embeddingDelta,
        positionsDelta,
        headDelta,
        ReplacedNorms.NONE,
        Invocation.ALWAYS,
        memory.bytes());
  }

  private Map<Projection, ModuleMerge> layer(int layer) {
    Map<Projection, ModuleMerge> modules = new EnumMap<>(Projection.class);
    for (Projection projection : Projection.values()) {
      module(
              Place.of(layer, projection),
              adapter -> Optional.ofNullable(adapter.layers().get(layer).get(projection)))
          .ifPresent(module -> modules.put(projection, module));
    }
    return modules;
  }

  private Optional<ModuleMerge> module(Place place, Function<PlainLora, Optional<Factors>> of) {
    List<ModuleMerge.Part> parts = new ArrayList<>();
    for (int number = 0; number < adapters.size(); number++) {
      PlainLora adapter = adapters.get(number);
      double weight = derivation.recipe().parts().get(number).weight();
      Optional<Factors> found = of.apply(adapter);
      if (found.isPresent()) {
        parts.add(new ModuleMerge.Part(adapter.name(), number, weight, found.get()));
      }
    }
    return parts.isEmpty() ? Optional.empty() : Optional.of(new ModuleMerge(place, parts));
  }

  /** All checks before anything large is allocated. */
  private void check(List<ModuleMerge> modules, long bytesMax) {
    Strategy strategy = derivation.recipe().strategy();
    long bytes = 0;
    for (ModuleMerge module : modules) {
      module.check(strategy);
      long size = module.size(strategy);
      checkSize("a merged module", "elements", Integer.MAX_VALUE, size);
      bytes += size * Float.BYTES;
    }
    checkSize("a merged adapter", "bytes", bytesMax, bytes);
  }

  private static void checkSize(String what, String unit, long most, long given) {
    if (given > most) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_TOO_LARGE,
          "%s must have at most %d %s. Given: %d".formatted(what, most, unit, given));
    }
  }

  private Map<Projection, Delta> deltas(Map<Projection, ModuleMerge> modules) {
    Map<Projection, Delta> deltas = new EnumMap<>(Projection.class);
    modules.forEach((projection, module) -> deltas.put(projection, delta(module)));
    return deltas;
  }

  private Delta delta(ModuleMerge module) {
    FactorMerge.Merged merged = factors.merge(module);
    memory.note(merged, module.place());
    int rank = module.rank(derivation.recipe().strategy());
    return new Delta(
        Optional.of(
            new LowRank(
                memory.matrix(merged.a(), rank, module.inputs()),
                memory.matrix(merged.b(), module.outputs(), rank))),
        Optional.empty());
  }

  private EmbeddingDelta embedding(Optional<ModuleMerge> module) {
    return new EmbeddingDelta(Optional.empty(), Optional.empty(), module.map(this::update));
  }

  // Tokens pick columns of A, which lie in rows here.
  private EmbeddingDelta.Update update(ModuleMerge module) {
    FactorMerge.Merged merged = factors.merge(module);
    memory.note(merged, module.place());
    int rank = module.rank(derivation.recipe().strategy());
    return new EmbeddingDelta.Update(
        memory.transposed(merged.a(), rank, module.inputs()),
        memory.matrix(merged.b(), module.outputs(), rank));
  }
}
