package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.config.WeightMemory;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.WeightFiles;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights lie where the settings and the machine's memory have them, with the same bytes. */
final class WeightCopiesTest {
  private static final Kernels KERNELS = CpuExecutorProvider.kernels("auto");
  private static final long PLENTY = 1L << 40;

  @TempDir Path temporary;
  private final LoadedModel model = ModelFolder.load(TestModels.folder("llama"));

  /** A weight of a running base: its bytes, and whether they lie in a mapped file. */
  private record Held(byte[] bytes, boolean isMapped) {}

  private List<Held> held(LoadedModel model, String weights, WeightMemory memory, long freeBytes) {
    WeightCacheSettings cache = new WeightCacheSettings(Optional.of(temporary), PLENTY, 0);
    var settings = TestModels.settings(2, weights, Map.of(), cache, memory);
    WeightPlan plan = WeightPlan.of(model.weights(), model.spec(), settings);
    try (WorkerPool pool = new WorkerPool(2, 2);
        BaseWeights base = new BaseWeights(model, settings, KERNELS, pool, freeBytes)) {
      List<Held> held = new ArrayList<>();
      for (Matrix matrix : plan.stored()) {
        held.add(held(base.of(matrix)));
      }
      for (WeightPlan.Entry entry : plan.entries()) {
        held.add(held(base.of(entry.matrix())));
      }
      return held;
    }
  }

  private static Held held(Weight weight) {
    MemorySegment data =
        switch (weight) {
          case Weight.Quantized(var packed) -> packed.data();
          case Weight.Exact(var packed) -> packed.data();
          case Weight.Stored(var matrix) -> matrix.data();
          case Weight.Bf16(var matrix) -> matrix.data();
        };
    return new Held(data.toArray(ValueLayout.JAVA_BYTE), data.isMapped());
  }

  private static void assertSame(List<Held> expected, List<Held> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i).bytes, actual.get(i).bytes, "weight " + i);
    }
  }

  private static boolean anyMapped(List<Held> held) {
    return held.stream().anyMatch(Held::isMapped);
  }

  private static boolean allMapped(List<Held> held) {
    return held.stream().allMatch(Held::isMapped);
  }

  @Test
  void storedWeightsAreCopiedOrStayInTheirFiles() {
    List<Held> mapped = held(model, "stored", WeightMemory.MAPPED, PLENTY);
    List<Held> copied = held(model, "stored", WeightMemory.COPIED, 0);

    assertTrue(allMapped(mapped));
    assertFalse(anyMapped(copied));
    assertSame(mapped, copied);
  }

  @ParameterizedTest
  @ValueSource(strings = {"q8", "q4", "q8/exact"})
  void keptWeightsAreCopiedOrStayInTheirFile(String weights) {
    LoadedModel settled = settled();
    held(settled, weights, WeightMemory.MAPPED, PLENTY); // packs and keeps
    List<Held> mapped = held(settled, weights, WeightMemory.MAPPED, PLENTY);
    List<Held> copied = held(settled, weights, WeightMemory.COPIED, 0);

    assertTrue(allMapped(mapped));
    assertFalse(anyMapped(copied));
    assertSame(mapped, copied);
  }

  // As if its files had been left alone for a minute: younger ones are not trusted.
  private LoadedModel settled() {
    Path folder = TestModels.folder("llama");
    LoadedModel model = ModelFolder.load(folder);
    return new LoadedModel(
        model.name(),
        model.fingerprint(),
        model.spec(),
        model.weights(),
        model.eosTokenIds(),
        WeightFiles.of(folder, Instant.now().plus(Duration.ofMinutes(1))));
  }

  @Test
  void copiesAreMadeWhereTheyLeaveAQuarterOfFreeMemory() {
    var settings = TestModels.settings(1, "stored", Map.of(), WeightCacheSettings.OFF);
    long bytes =
        WeightCopies.bytes(WeightPlan.of(model.weights(), model.spec(), settings).stored());
    long least = Math.ceilDiv(bytes, 3) * 4;

    assertFalse(anyMapped(held(model, "stored", WeightMemory.AUTO, least)));
    assertTrue(allMapped(held(model, "stored", WeightMemory.AUTO, least - 4)));
  }
}
