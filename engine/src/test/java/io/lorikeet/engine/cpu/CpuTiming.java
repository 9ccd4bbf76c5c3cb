package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens per second of the demo model's decode steps. A main class, not a test. Arguments: threads
 * (0: one a core) and kernel face.
 */
final class CpuTiming {
  private static final List<String> ADAPTERS = List.of("brief", "emoji", "json", "pirate", "shout");
  private static final int REPEATS = 11;
  private static final int TOKENS = 200;
  private static final int BLOCKS = Math.ceilDiv(TOKENS, 16);

  private CpuTiming() {}

  public static void main(String[] args) {
    int threads = args.length > 0 ? Integer.parseInt(args[0]) : 0;
    String kernels = args.length > 1 ? args[1] : "auto";
    LoadedModel model = ModelFolder.load(TestModels.demoFolder());
    EngineSettings settings = new EngineSettings(threads, "auto", "stored", 64, 64 << 20, 8, 8);
    long opened = System.nanoTime();
    try (CpuExecutor executor =
        CpuExecutor.open(model, settings, CpuExecutorProvider.kernels(kernels))) {
      System.out.printf(
          "open with warm-up: %.0f ms, %s%n", (System.nanoTime() - opened) / 1e6, executor.info());
      for (int slot = 0; slot < ADAPTERS.size(); slot++) {
        var image = TestModels.adapter(TestModels.demoFolder(), ADAPTERS.get(slot), model);
        executor.bind(new Binding.BindSlot(slot, executor.transfers().stage(image)));
      }
      firstSteps(executor);
      measure(executor, "1 stream, base", 1, 0);
      measure(executor, "8 streams, base", 8, 0);
      measure(executor, "8 streams, 5 adapters and base", 8, ADAPTERS.size());
    }
  }

  /** How far the first request after warm-up is from hot code. */
  private static void firstSteps(CpuExecutor executor) {
    long[] micros = new long[REPEATS * TOKENS];
    Step step = new Step(8, 8 * BLOCKS, 1);
    executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
    for (int i = 0; i < micros.length; i++) {
      fill(step, i % TOKENS, 1, 1);
      long begin = System.nanoTime();
      finish(executor, step);
      micros[i] = (System.nanoTime() - begin) / 1_000;
    }
    long first = micros[0];
    long[] ten = Arrays.copyOf(micros, 10);
    Arrays.sort(ten);
    long[] hot = Arrays.copyOfRange(micros, micros.length - TOKENS, micros.length);
    Arrays.sort(hot);
    System.out.printf(
        "first step with an adapter: %d us, median of the first 10: %d us, hot: %d us%n",
        first, ten[5], hot[TOKENS / 2]);
  }

  private static void measure(CpuExecutor executor, String what, int streams, int adapters) {
    double[] rates = new double[REPEATS];
    for (int repeat = -3; repeat < REPEATS; repeat++) {
      double rate = run(executor, streams, adapters);
      if (repeat >= 0) {
        rates[repeat] = rate;
      }
    }
    Arrays.sort(rates);
    System.out.printf(
        "%s: %.0f tokens/s, median of %d (%.0f to %.0f)%n",
        what, rates[REPEATS / 2], REPEATS, rates[0], rates[REPEATS - 1]);
  }

  private static double run(CpuExecutor executor, int streams, int adapters) {
    for (int seat = 0; seat < streams; seat++) {
      executor.bind(new Binding.BindSeat(seat, SamplingParams.GREEDY));
    }
    Step step = new Step(8, 8 * BLOCKS, 1);
    long begin = System.nanoTime();
    for (int position = 0; position < TOKENS; position++) {
      fill(step, position, streams, adapters);
      finish(executor, step);
    }
    return streams * TOKENS * 1e9 / (System.nanoTime() - begin);
  }

  private static void finish(CpuExecutor executor, Step step) {
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
    if (!(executor.take(0) instanceof TakeResult.Done)) {
      throw new IllegalStateException("a step failed");
    }
  }

  /** One row per stream; the first ones have an adapter each. */
  private static void fill(Step step, int position, int streams, int adapters) {
    step.clear(position);
    step.rows = streams;
    step.sequences = streams;
    for (int row = 0; row < streams; row++) {
      step.token[row] = position == 0 ? 1 + row : Step.LAST_TOKEN;
      step.position[row] = position;
      step.sequence[row] = row;
      step.emit[row] = Emit.SAMPLE;
      step.seat[row] = row;
      step.promptLength[row] = 1;
      step.blockBegin[row + 1] = (row + 1) * BLOCKS;
      for (int block = row * BLOCKS; block < (row + 1) * BLOCKS; block++) {
        step.blocks[block] = block;
      }
    }
    step.segments = adapters;
    for (int slot = 0; slot < adapters; slot++) {
      step.slot[slot] = slot;
      step.segmentRow[slot] = slot;
      step.segmentWeight[slot] = 1f;
      step.segmentBegin[slot + 1] = slot + 1;
    }
  }
}
