package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.config.WeightMemory;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.format.peft.AdapterArtifact;
import io.lorikeet.engine.format.peft.AdapterFolder;
import io.lorikeet.engine.format.peft.AdapterLimits;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Models of the checkout, and settings small enough for tests. */
public final class TestModels {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));

  private TestModels() {}

  public static Path folder(String name) {
    return ROOT.resolve("fixtures/models").resolve(name);
  }

  /** Every model of the fixtures. */
  public static List<String> names() {
    try (Stream<Path> folders = Files.list(ROOT.resolve("fixtures/models"))) {
      return folders
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path demoFolder() {
    return ROOT.resolve("models/demo");
  }

  public static LoadedModel model(String name) {
    return ModelFolder.load(folder(name));
  }

  /** An adapter from {@code adapters/} of a model folder. */
  public static AdapterImage adapter(Path folder, String name, LoadedModel model) {
    AdapterArtifact artifact =
        AdapterFolder.copy(folder.resolve("adapters").resolve(name), AdapterLimits.DEFAULT);
    return AdapterFolder.read(artifact, model, warning -> {});
  }

  static EngineSettings settings(int threads) {
    return settings(threads, "stored");
  }

  private static EngineSettings settings(int threads, String weights) {
    return settings(threads, weights, Map.of(), WeightCacheSettings.OFF);
  }

  /**
   * Small ones.
   *
   * @param weights as {@code engine.weights} names them, with {@code /exact} or {@code /bf16} for
   *     such numerics
   */
  static EngineSettings settings(
      int threads, String weights, Map<String, String> weightsOf, WeightCacheSettings cache) {
    return settings(threads, weights, weightsOf, cache, WeightMemory.AUTO);
  }

  /** The same, with weights mapped or copied. */
  static EngineSettings settings(
      int threads,
      String weights,
      Map<String, String> weightsOf,
      WeightCacheSettings cache,
      WeightMemory memory) {
    String[] parts = weights.split("/", -1);
    return new EngineSettings(
        threads,
        "auto",
        parts[0],
        parts.length > 1 ? Numerics.valueOf(parts[1].toUpperCase(Locale.ROOT)) : Numerics.AUTO,
        weightsOf,
        cache,
        memory,
        64,
        8 << 20,
        0,
        16,
        64,
        true);
  }

  /** The CPU's, or where it lacks BF16 instructions the scalar ones, which give the same bits. */
  static Kernels bf16Kernels() {
    Kernels kernels = CpuExecutorProvider.kernels("auto");
    return kernels.bf16Absence().isEmpty() ? kernels : new ScalarKernels();
  }

  /** With weights as {@link #settings(int, String, Map, WeightCacheSettings)} takes them. */
  static CpuExecutor open(LoadedModel model, int threads, Kernels kernels, String weights) {
    return CpuExecutor.open(model, settings(threads, weights), kernels);
  }

  static CpuExecutor open(LoadedModel model, int threads, Kernels kernels) {
    return CpuExecutor.open(model, settings(threads), kernels);
  }
}
