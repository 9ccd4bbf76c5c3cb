package io.lorikeet.engine.cpu;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.foreign.NativeKernels;
import io.lorikeet.kernels.reference.ScalarKernels;
import io.lorikeet.kernels.vector.VectorKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * How long a model's weights take to be packed, kept and found again, and whether decode runs as
 * fast on what was found. A main class, not a test. Arguments: what (pack or decode), q8 or q4,
 * model folder, empty folder for the cache, rounds.
 */
final class PackTiming {
  private static final int STEPS = 24;

  private PackTiming() {}

  public static void main(String[] args) {
    long begin = System.nanoTime();
    LoadedModel model = ModelFolder.load(Path.of(args[2]));
    System.out.printf("load: %.2f s%n", seconds(begin));
    int rounds = Integer.parseInt(args[4]);
    WeightCacheSettings cache = new WeightCacheSettings(Optional.of(Path.of(args[3])), 1L << 40, 0);
    EngineSettings settings = TestModels.settings(2, args[1], Map.of(), cache);
    if (args[0].equals("pack")) {
      pack(model, settings, rounds);
    } else {
      decode(model, settings, rounds);
    }
  }

  private static void pack(LoadedModel model, EngineSettings settings, int rounds) {
    WeightPlan plan = WeightPlan.of(model.weights(), model.spec(), settings);
    List<Kernels> faces = new ArrayList<>(NativeKernels.all());
    faces.add(VectorKernels.preferred());
    try (WorkerPool pool = new WorkerPool(2, 4);
        Arena arena = Arena.ofShared()) {
      MemorySegment packed = HugePages.allocate(plan.packedBytes(), arena);
      double[][] times = new double[faces.size() + 2][rounds];
      for (int round = 0; round < rounds; round++) {
        long begin = System.nanoTime();
        plan.entries().forEach(entry -> read(entry.matrix().data(), pool));
        times[faces.size()][round] = seconds(begin);
        begin = System.nanoTime();
        read(packed, pool);
        times[faces.size() + 1][round] = seconds(begin);
        for (int face = 0; face < faces.size(); face++) {
          begin = System.nanoTime();
          new WeightPacking(plan, faces.get(face), pool).into(packed);
          times[face][round] = seconds(begin);
        }
      }
      for (int face = 0; face < faces.size(); face++) {
        print("pack, " + faces.get(face).name(), times[face]);
      }
      print("plain read of what is packed", times[faces.size()]);
      print("plain read of packed weights", times[faces.size() + 1]);
      long begin = System.nanoTime();
      new WeightCache(settings.weightsCache(), model, plan).keep(packed, pool);
      System.out.printf("keep: %.2f s%n", seconds(begin));
      double[] found = new double[rounds];
      for (int round = 0; round < rounds; round++) {
        begin = System.nanoTime();
        var _ =
            new WeightCache(settings.weightsCache(), model, plan)
                .find(faces.getFirst(), pool, arena)
                .orElseThrow();
        found[round] = seconds(begin);
      }
      print("find", found);
      if (Boolean.getBoolean("scalar")) {
        begin = System.nanoTime();
        new WeightPacking(plan, new ScalarKernels(), pool).into(packed);
        System.out.printf("pack, scalar: %.2f s%n", seconds(begin));
      }
    }
  }

  private static void read(MemorySegment data, WorkerPool pool) {
    LongAdder sum = new LongAdder();
    int units = (int) Math.ceilDiv(data.byteSize(), 1 << 16);
    pool.run(worker -> {
      long from = (long) pool.begin(units, worker) << 16;
      long to = Math.min(data.byteSize(), (long) pool.end(units, worker) << 16);
      sum.add(sum(data, from, to));
    });
    if (sum.sum() == 1) {
      System.out.println();
    }
  }

  private static long sum(MemorySegment data, long from, long to) {
    long a = 0;
    for (long at = from; at < to - 7; at += Long.BYTES) {
      a += data.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    }
    return a;
  }

  // Packed in huge pages against mapped from the cache, in turns.
  private static void decode(LoadedModel model, EngineSettings settings, int rounds) {
    EngineSettings anew =
        TestModels.settings(2, settings.weights(), Map.of(), WeightCacheSettings.OFF);
    Kernels kernels = CpuExecutorProvider.kernels("auto");
    CpuExecutor.openCold(model, settings, kernels).close(); // keeps
    try (CpuExecutor packed = CpuExecutor.open(model, anew, kernels);
        CpuExecutor mapped = CpuExecutor.open(model, settings, kernels)) {
      double[] ratios = new double[rounds];
      double[] rates = new double[rounds];
      for (int round = 0; round < rounds; round++) {
        rates[round] = steps(packed);
        ratios[round] = steps(mapped) / rates[round];
      }
      print("steps per second, packed", rates);
      print("mapped / packed", ratios);
    }
  }

  private static double steps(CpuExecutor executor) {
    executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
    Step step = new Step(1, 8, 1);
    long begin = System.nanoTime();
    for (int position = 0; position < STEPS; position++) {
      step.clear(position);
      step.rows = 1;
      step.sequences = 1;
      step.token[0] = position == 0 ? 1 : Step.LAST_TOKEN;
      step.position[0] = position;
      step.emit[0] = Emit.SAMPLE;
      step.promptLength[0] = 1;
      step.blockBegin[1] = 8;
      for (int block = 0; block < 8; block++) {
        step.blocks[block] = block;
      }
      executor.submit(step);
      executor.sample(step.id, LateInputs.NONE);
      executor.take(0);
    }
    return STEPS / seconds(begin);
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  private static void print(String what, double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    System.out.printf(
        "%s: %.3f (%.3f to %.3f)%n",
        what, sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
  }
}
