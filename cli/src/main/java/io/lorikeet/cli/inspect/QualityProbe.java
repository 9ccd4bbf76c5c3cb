package io.lorikeet.cli.inspect;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.spi.MemoryNeed;
import io.lorikeet.engine.text.TextModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs the prompts through a model as it is stored and as the settings quantise it. */
final class QualityProbe {
  private static final int ROWS = 16; // of a step: logits of all of them are held twice

  private final ExecutorProvider provider;
  private final LoadedModel model;
  private final EngineSettings stored;
  private final EngineSettings quantized;

  /**
   * @param settings with the weights that are looked at
   */
  QualityProbe(ExecutorProvider provider, LoadedModel model, EngineSettings settings) {
    this.provider = provider;
    this.model = model;
    stored = small(settings, "stored", Numerics.AUTO, Map.of());
    quantized = small(settings, settings.weights(), settings.numerics(), settings.weightsOf());
  }

  // One sequence at a time, and nothing is left on disk.
  private EngineSettings small(
      EngineSettings settings, String weights, Numerics numerics, Map<String, String> weightsOf) {
    return new EngineSettings(
        settings.threads(),
        settings.kernels(),
        weights,
        numerics,
        weightsOf,
        WeightCacheSettings.OFF,
        settings.weightsMemory(),
        ROWS,
        0,
        Math.min(Prompts.TOKENS_MAX, model.spec().positionsMax()),
        1,
        1,
        settings.graphs());
  }

  /**
   * Compares.
   *
   * @param freeBytes that both executors may take together
   * @throws LorikeetException MODEL_MEMORY_EXCEEDED where both do not fit, and what opening an
   *     executor throws
   */
  Quality run(Optional<TextModel> text, long freeBytes) {
    requireMemory(freeBytes);
    try (Executor expected = provider.open(model, stored);
        Executor actual = provider.open(model, quantized)) {
      int contextMax = Math.min(expected.info().contextMax(), actual.info().contextMax());
      List<Quality.OfPrompt> prompts = new ArrayList<>();
      Deviation all = new Deviation();
      LogitReader ofExpected = new LogitReader(expected);
      LogitReader ofActual = new LogitReader(actual);
      for (Prompts.Prompt prompt : Prompts.of(text, model.spec().vocab(), contextMax)) {
        Deviation deviation = compare(ofExpected, ofActual, prompt.ids());
        prompts.add(new Quality.OfPrompt(prompt.name(), deviation));
        all.add(deviation);
      }
      return new Quality(
          expected.info().numericsId(), actual.info().numericsId(), text.isPresent(), all, prompts);
    }
  }

  private static Deviation compare(LogitReader expected, LogitReader actual, int[] ids) {
    Deviation deviation = new Deviation();
    expected.begin(ids);
    actual.begin(ids);
    for (int from = 0; from < ids.length; from += ROWS) {
      int to = Math.min(ids.length, from + ROWS);
      List<float[]> ofExpected = expected.read(from, to);
      List<float[]> ofActual = actual.read(from, to);
      for (int row = 0; row < to - from; row++) {
        deviation.add(ofExpected.get(row), ofActual.get(row));
      }
    }
    return deviation;
  }

  private void requireMemory(long freeBytes) {
    long logits = 2L * ROWS * model.spec().vocab() * Float.BYTES;
    long need = need(stored) + need(quantized) + logits - model.weights().copiedBytes();
    if (need > freeBytes) {
      throw new LorikeetException(
          ErrorCode.MODEL_MEMORY_EXCEEDED,
          "the stored and the quantised weights must fit into the free memory together (%d bytes). Given: %d bytes free"
              .formatted(need, freeBytes));
    }
  }

  private long need(EngineSettings settings) {
    MemoryNeed need = provider.memoryNeed(model, settings);
    long blocks = Math.ceilDiv(settings.kvTokens(), need.blockTokens());
    return need.weightBytes() + need.workspaceBytes() + blocks * need.kvBlockBytes();
  }
}
