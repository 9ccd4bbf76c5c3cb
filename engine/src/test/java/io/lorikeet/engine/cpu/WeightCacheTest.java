package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.config.WeightMemory;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.WeightFiles;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Packed weights between two starts: found where they are right, made again where they are not. */
final class WeightCacheTest {
  private static final Kernels KERNELS = CpuExecutorProvider.kernels("auto");
  private static final long NO_BOUND = 1L << 40;

  @TempDir Path temporary;
  private Path cache;
  private Path folder; // a copy of the model
  private LoadedModel model;
  private byte[] expected;

  @BeforeEach
  void copyModel() throws IOException {
    cache = temporary.resolve("cache/weights");
    folder = Files.createDirectory(temporary.resolve("model"));
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(TestModels.folder("llama").resolve(name), folder.resolve(name));
    }
    model = loaded(Duration.ofMinutes(1));
    expected = weights(start(model, settings("q8", WeightCacheSettings.OFF)));
  }

  /** As if the files had been left alone for so long. */
  private LoadedModel loaded(Duration age) {
    LoadedModel model = ModelFolder.load(folder);
    return new LoadedModel(
        model.name(),
        model.fingerprint(),
        model.spec(),
        model.weights(),
        model.eosTokenIds(),
        WeightFiles.of(folder, Instant.now().plus(age)));
  }

  private WeightCacheSettings bounded(long bytesMax) {
    return new WeightCacheSettings(Optional.of(cache), bytesMax, 0);
  }

  private static EngineSettings settings(String weights, WeightCacheSettings cache) {
    return TestModels.settings(2, weights, Map.of(), cache, WeightMemory.MAPPED);
  }

  /** All packed bytes, in the plan's order. */
  private record Started(byte[] weights, boolean isMapped) {}

  private static Started start(LoadedModel model, EngineSettings settings) {
    try (WorkerPool pool = new WorkerPool(2, 2);
        BaseWeights base = new BaseWeights(model, settings, KERNELS, pool, 0)) {
      WeightPlan plan = WeightPlan.of(model.weights(), model.spec(), settings);
      ByteBuffer all = ByteBuffer.allocate((int) plan.packedBytes());
      boolean isMapped = false;
      for (WeightPlan.Entry entry : plan.entries()) {
        MemorySegment data = packed(base, entry.matrix());
        isMapped = data.isMapped();
        all.put(data.toArray(ValueLayout.JAVA_BYTE));
      }
      return new Started(all.array(), isMapped);
    }
  }

  private static MemorySegment packed(BaseWeights base, Matrix matrix) {
    return switch (base.of(matrix)) {
      case Weight.Quantized(var packed) -> packed.data();
      case Weight.Exact(var packed) -> packed.data();
      case Weight.Stored _, Weight.Bf16 _ -> throw new AssertionError("the matrix must be packed");
    };
  }

  private static byte[] weights(Started started) {
    return started.weights;
  }

  private void assertStart(boolean isMapped, LoadedModel model, WeightCacheSettings cache) {
    Started started = start(model, settings("q8", cache));
    assertEquals(isMapped, started.isMapped, "whether the weights were kept");
    assertArrayEquals(expected, started.weights);
  }

  private List<Path> files() {
    if (!Files.isDirectory(cache)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(cache)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void secondStartMapsWhatTheFirstOnePacked() {
    assertStart(false, model, bounded(NO_BOUND));
    assertEquals(1, files().size());

    assertStart(true, model, bounded(NO_BOUND));
    assertEquals(1, files().size());
  }

  @Test
  void exactNumericsUseTheSameFile() {
    start(model, settings("q8", bounded(NO_BOUND)));

    assertTrue(start(model, settings("q8/exact", bounded(NO_BOUND))).isMapped);
    assertEquals(1, files().size());
  }

  @Test
  void otherChoicesAreOtherFiles() {
    start(model, settings("q8", bounded(NO_BOUND)));
    var mixed =
        TestModels.settings(2, "q8", Map.of("down", "q4"), bounded(NO_BOUND), WeightMemory.MAPPED);

    assertEquals(false, start(model, settings("q4", bounded(NO_BOUND))).isMapped);
    assertEquals(false, start(model, mixed).isMapped);
    assertEquals(3, files().size());
    assertTrue(start(model, mixed).isMapped);
  }

  @ParameterizedTest
  @CsvSource({"0", "8", "12", "24", "52", "56", "5000", "-1"})
  void flippedByteIsFoundAndTheFileMadeAgain(int at) throws IOException {
    start(model, settings("q8", bounded(NO_BOUND)));
    Path file = files().getFirst();
    byte[] good = Files.readAllBytes(file);
    byte[] damaged = good.clone();
    damaged[Math.floorMod(at, damaged.length)] ^= 4;
    Files.write(file, damaged);

    assertStart(false, model, bounded(NO_BOUND));

    assertArrayEquals(good, Files.readAllBytes(file));
    assertStart(true, model, bounded(NO_BOUND));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 4096, 20_000, -1})
  void shortOrLongFileIsFoundAndMadeAgain(int bytes) throws IOException {
    start(model, settings("q8", bounded(NO_BOUND)));
    Path file = files().getFirst();
    byte[] good = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(good, bytes < 0 ? good.length + 1 : bytes));

    assertStart(false, model, bounded(NO_BOUND));

    assertArrayEquals(good, Files.readAllBytes(file));
  }

  @Test
  void fileUnderAnotherModelsNameIsNotUsed() throws IOException {
    start(model, settings("q8", bounded(NO_BOUND)));
    Path ofQ8 = files().getFirst();
    start(model, settings("q8", bounded(NO_BOUND)));
    Files.copy(TestModels.folder("llama").resolve("config.json"), folder.resolve("x"));
    Files.move(folder.resolve("model.safetensors"), folder.resolve("y"));
    Files.copy(folder.resolve("y"), folder.resolve("model.safetensors"));
    LoadedModel other = loaded(Duration.ofMinutes(1)); // the same bytes in another file
    start(other, settings("q8", bounded(NO_BOUND)));
    assertEquals(2, files().size());
    Path ofOther = files().stream().filter(f -> !f.equals(ofQ8)).findFirst().orElseThrow();
    Files.copy(ofQ8, ofOther, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    assertStart(false, other, bounded(NO_BOUND));
  }

  @Test
  void goodFileOfOtherWeightsIsNotUsed() throws IOException {
    start(model, settings("q8", bounded(NO_BOUND)));
    Path file = files().getFirst();
    byte[] key = new byte[32];
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.read(ByteBuffer.wrap(key), 20);
    }
    byte[] other = expected.clone();
    for (int i = 0; i < other.length; i++) {
      other[i] ^= 1;
    }
    Files.delete(file);
    try (WorkerPool pool = new WorkerPool(1, 2);
        var arena = java.lang.foreign.Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(other.length).copyFrom(MemorySegment.ofArray(other));
      PackedFile.write(file, key, memory, pool);
      assertTrue(
          PackedFile.open(file, key, other.length, pool, arena)
              instanceof PackedFile.Content.Packed);
    }

    assertStart(false, model, bounded(NO_BOUND));
    assertStart(true, model, bounded(NO_BOUND));
  }

  @Test
  void changedModelIsPackedAnew() throws IOException {
    start(model, settings("q8", bounded(NO_BOUND)));
    Path weights = folder.resolve("model.safetensors");
    FileTime modified = Files.getLastModifiedTime(weights);
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 2] ^= 0x10; // of the last tensor
    Files.write(weights, bytes);
    Files.setLastModifiedTime(weights, modified);

    // The mapping shows the new bytes: what was stamped is no more.
    assertEquals(false, start(model, settings("q8", bounded(NO_BOUND))).isMapped);
    assertEquals(1, files().size());
    LoadedModel changed = loaded(Duration.ofMinutes(1));
    assertNotEquals(model.files(), changed.files());
    assertEquals(false, start(changed, settings("q8", bounded(NO_BOUND))).isMapped);
    assertEquals(2, files().size());
  }

  @Test
  void modelThatWasWrittenJustNowIsNotKept() {
    LoadedModel young = loaded(Duration.ZERO);

    assertStart(false, young, bounded(NO_BOUND));

    assertEquals(List.of(), files());
  }

  @Test
  void nothingIsKeptWhereTheCacheIsOffOrTheModelSmall() {
    assertStart(false, model, WeightCacheSettings.OFF);
    long packed = expected.length;
    assertStart(false, model, new WeightCacheSettings(Optional.of(cache), NO_BOUND, packed + 1));
    assertEquals(List.of(), files());

    assertStart(false, model, new WeightCacheSettings(Optional.of(cache), NO_BOUND, packed));
    assertEquals(1, files().size());
  }

  @Test
  void leastRecentlyUsedFileMakesRoom() throws IOException {
    start(model, settings("q8", bounded(NO_BOUND)));
    Path ofQ8 = files().getFirst();
    start(model, settings("q4", bounded(NO_BOUND)));
    Path ofQ4 = files().stream().filter(f -> !f.equals(ofQ8)).findFirst().orElseThrow();
    Files.setLastModifiedTime(ofQ8, FileTime.fromMillis(1_000));
    Files.setLastModifiedTime(ofQ4, FileTime.fromMillis(2_000));
    assertStart(true, model, bounded(NO_BOUND)); // Q8 is used again
    var mixed = Map.of("down", "q4");
    long three = Files.size(ofQ8) * 2;

    start(model, TestModels.settings(2, "q8", mixed, bounded(three), WeightMemory.MAPPED));

    assertTrue(Files.exists(ofQ8));
    assertTrue(Files.notExists(ofQ4));
    assertEquals(2, files().size());
  }

  @Test
  void boundHoldsAtItsValueAndNotBelow() throws IOException {
    start(model, settings("q8", bounded(NO_BOUND)));
    long bytes = Files.size(files().getFirst());
    Files.delete(files().getFirst());

    assertStart(false, model, bounded(bytes - 1));
    assertEquals(List.of(), files());

    assertStart(false, model, bounded(bytes));
    assertEquals(1, files().size());
  }

  @Test
  void folderThatCannotBeWrittenChangesNoAnswer() throws IOException {
    Files.createDirectories(cache.getParent());
    Files.writeString(cache, "a file");

    assertStart(false, model, bounded(NO_BOUND));

    assertEquals("a file", Files.readString(cache));
  }

  @Test
  void whatADeadWriterLeftGoes() throws IOException {
    Files.createDirectories(cache);
    Path old = Files.createFile(cache.resolve("a.packed.1.tmp"));
    Path young = Files.createFile(cache.resolve("a.packed.2.tmp"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));

    start(model, settings("q8", bounded(NO_BOUND)));

    assertTrue(Files.notExists(old));
    assertTrue(Files.exists(young));
  }

  @Test
  void startsAtOnceOnOneFolderAllWork() throws Exception {
    try (var threads = Executors.newFixedThreadPool(4)) {
      Callable<Started> start = () -> start(model, settings("q8", bounded(NO_BOUND)));
      for (int round = 0; round < 5; round++) {
        for (var started : threads.invokeAll(List.of(start, start, start, start))) {
          assertArrayEquals(expected, started.get().weights);
        }
        assertEquals(1, files().size());
        Files.delete(files().getFirst());
      }
    }
  }
}
