package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.ExpertsDelta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.HeadDelta;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.KvHead;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Runs made-up steps until the code that real ones need is compiled: decode and prefill, the base
 * and an adapter in each storage type, greedy and random draws. Bounded in work, not in time, and
 * leaves nothing behind in seats, slots and blocks.
 */
final class WarmUp {
  private static final int DECODE = 1;
  private static final int BATCH = 4;
  private static final int PREFILL = 32;
  private static final int ROUNDS_MAX = 40;
  private static final int PREFILL_EVERY = 8; // rounds, the first ones not among them
  private static final long WORK_MAX = 4_000_000_000L; // multiply-adds
  private static final int RANK = 8;
  private static final int EXPERTS = 8; // with an update, in layers that have one
  private static final List<DType> STORED = List.of(DType.F32, DType.BF16, DType.F16);
  private static final SamplingParams RANDOM = new SamplingParams(1f, 20, 0.9f, 0.01f, 1, 2);

  private final CpuExecutor executor;
  private final DecoderSpec spec;
  private final Step step;
  private final int rowsMax;
  private long work;

  WarmUp(CpuExecutor executor, DecoderSpec spec) {
    this.executor = executor;
    this.spec = spec;
    rowsMax = Math.min(PREFILL, Math.min(executor.info().rowsMax(), executor.info().contextMax()));
    step = new Step(rowsMax, Math.ceilDiv(rowsMax, KvHead.TOKENS), 1);
  }

  void run() {
    executor.bind(new Binding.BindSlot(0, executor.transfers().stage(adapter())));
    for (int round = 0; round < ROUNDS_MAX && work < WORK_MAX; round++) {
      executor.bind(new Binding.BindSeat(0, round % 2 == 0 ? SamplingParams.GREEDY : RANDOM));
      both(BATCH);
      both(DECODE);
      // Steps are slow before their loops are compiled: large ones come when the small ones are.
      if (round % PREFILL_EVERY == PREFILL_EVERY - 1) {
        both(PREFILL);
      }
    }
    executor.bind(new Binding.FreeSeat(0));
    executor.bind(new Binding.FreeSlot(0));
    executor.clearBlocks(step.blocks.length);
  }

  /** A step with an adapter and one without. */
  private void both(int rows) {
    for (int adapters = 1; adapters >= 0 && work < WORK_MAX; adapters--) {
      step(Math.min(rows, rowsMax), adapters);
    }
  }

  private void step(int rows, int adapters) {
    step.clear(0);
    step.rows = rows;
    step.sequences = 1;
    step.promptLength[0] = rows;
    step.blockBegin[1] = Math.ceilDiv(rows, KvHead.TOKENS);
    for (int block = 0; block < step.blockBegin[1]; block++) {
      step.blocks[block] = block;
    }
    step.segments = adapters;
    step.slot[0] = 0;
    step.segmentBegin[1] = rows;
    for (int row = 0; row < rows; row++) {
      step.token[row] = row % spec.vocab();
      step.position[row] = row;
      step.emit[row] = row < BATCH ? Emit.SAMPLE : Emit.NONE;
      step.segmentRow[row] = row;
      step.segmentWeight[row] = 1f;
    }
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
    TakeResult result = executor.take(0);
    if (!(result instanceof TakeResult.Done)) {
      throw new IllegalStateException("a warm-up step must finish. Given: " + result);
    }
    work += rows * multiplyAdds();
  }

  private long multiplyAdds() {
    long layer = 0;
    for (Projection projection : spec.projections()) {
      layer += (long) spec.outputs(projection) * spec.inputs(projection);
    }
    if (spec.experts().isPresent()) {
      layer += 3L * spec.experts().get().perToken() * spec.intermediate() * spec.hidden();
    }
    return spec.layers() * layer + (long) spec.vocab() * spec.hidden();
  }

  // The first layers have one storage type each.
  private AdapterImage adapter() {
    List<Map<Projection, Delta>> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers(); layer++) {
      Map<Projection, Delta> deltas = new EnumMap<>(Projection.class);
      if (layer < STORED.size()) {
        for (Projection projection : spec.projections()) {
          deltas.put(
              projection,
              delta(STORED.get(layer), spec.outputs(projection), spec.inputs(projection)));
        }
      }
      layers.add(deltas);
    }
    return new AdapterImage(
        new GenerationId("warm-up"),
        layers,
        experts(),
        EmbeddingDelta.NONE,
        EmbeddingDelta.NONE,
        HeadDelta.NONE,
        ReplacedNorms.NONE,
        Invocation.ALWAYS,
        0);
  }

  private List<ExpertsDelta> experts() {
    List<ExpertsDelta> layers = new ArrayList<>();
    for (int layer = 0; layer < spec.layers() && spec.experts().isPresent(); layer++) {
      layers.add(
          layer < STORED.size()
              ? experts(spec.experts().get(), STORED.get(layer))
              : ExpertsDelta.NONE);
    }
    return layers;
  }

  private ExpertsDelta experts(Experts experts, DType dtype) {
    Delta wide = delta(dtype, spec.intermediate(), spec.hidden());
    Delta narrow = delta(dtype, spec.hidden(), spec.intermediate());
    var expert = Map.of(Projection.GATE, wide, Projection.UP, wide, Projection.DOWN, narrow);
    return new ExpertsDelta(
        delta(dtype, experts.count(), spec.hidden()),
        Delta.NONE,
        IntStream.range(0, experts.count())
            .mapToObj(e -> e < EXPERTS ? expert : Map.<Projection, Delta>of())
            .toList());
  }

  private static Delta delta(DType dtype, int outputs, int inputs) {
    Matrix a = zeros(dtype, RANK, inputs);
    Matrix b = zeros(dtype, outputs, RANK);
    return new Delta(Optional.of(new LowRank(a, b)), Optional.empty());
  }

  private static Matrix zeros(DType dtype, int rows, int cols) {
    long bytes = (long) rows * cols * dtype.bytes();
    return new Matrix(Arena.ofAuto().allocate(bytes), dtype, rows, cols);
  }
}
