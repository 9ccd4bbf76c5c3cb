package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.config.Numerics;
import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.config.WeightMemory;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult.Done;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Adapters cost only those rows that have one. */
final class ResidentAdaptersTest {
  private static final LoadedModel MODEL = TestModels.model("llama");
  private static final int SLOTS = 64;
  private static final int ROWS = 5;

  @Test
  void baseRowsReadTheSameBytesByTheSameCallsWithEverySlotTaken() {
    List<String> alone = calls(0, -1);
    assertTrue(alone.size() > 50, alone::toString);

    assertEquals(alone, calls(SLOTS, -1));
  }

  @Test
  void traceTellsAnAdapterThatIsUsed() {
    List<String> alone = calls(0, -1);
    List<String> used = calls(SLOTS, 7);

    assertTrue(used.size() > alone.size());
    assertTrue(used.stream().anyMatch(call -> call.startsWith("expand")));
    assertTrue(alone.stream().noneMatch(call -> call.startsWith("expand")));
  }

  /** Those of one step of some base rows; its first row has the adapter of a slot, or none. */
  private static List<String> calls(int resident, int slotOfFirst) {
    TracedKernels traced = new TracedKernels(CpuExecutorProvider.kernels("auto"));
    try (CpuExecutor executor = CpuExecutor.open(MODEL, settings(), traced.face())) {
      for (int slot = 0; slot < resident; slot++) {
        var image = TestAdapters.plain(MODEL.spec(), new Random(slot));
        executor.bind(new Binding.BindSlot(slot, executor.transfers().stage(image)));
      }
      executor.bind(new Binding.BindSeat(0, SamplingParams.GREEDY));
      traced.calls.clear();
      executor.submit(step(slotOfFirst));
      executor.sample(1, LateInputs.NONE);
      assertEquals(Done.class, executor.take(0).getClass());
      return List.copyOf(traced.calls);
    }
  }

  private static Step step(int slotOfFirst) {
    Step step = new Step(ROWS, 4, 2);
    step.clear(1);
    step.sequences = 1;
    step.promptLength[0] = ROWS;
    step.blocks[0] = 2;
    step.blockBegin[1] = 1;
    for (int row = 0; row < ROWS; row++) {
      step.token[row] = 10 + row;
      step.position[row] = row;
      step.emit[row] = row == ROWS - 1 ? Emit.SAMPLE : Emit.NONE;
    }
    step.rows = ROWS;
    if (slotOfFirst >= 0) {
      step.segments = 1;
      step.slot[0] = slotOfFirst;
      step.segmentBegin[1] = 1;
      step.segmentWeight[0] = 1f;
    }
    return step;
  }

  // One worker, so that calls come in one order; mapped, so that executors read the same addresses.
  private static EngineSettings settings() {
    return new EngineSettings(
        1,
        "auto",
        "stored",
        Numerics.AUTO,
        Map.of(),
        WeightCacheSettings.OFF,
        WeightMemory.MAPPED,
        64,
        8 << 20,
        0,
        SLOTS,
        64,
        true);
  }
}
