package io.lorikeet.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.cpu.TestModels;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import org.junit.jupiter.api.Test;

/** Memory of the GPU is divided before any is taken. */
final class DevicePlanTest {
  private static final LoadedModel MODEL = TestModels.model("llama");
  private static final long BLOCK = 2 * 2 * 2 * 16 * 16 * 4;
  private static final long FREE = 64L << 20;

  private static EngineSettings settings(long kvBytes, long kvTokens) {
    return new EngineSettings(1, "auto", "stored", 64, kvBytes, kvTokens, 16, 4);
  }

  @Test
  void aBudgetOfBytesIsWholeBlocks() {
    DevicePlan plan = DevicePlan.of(MODEL, settings(10 * BLOCK + 1, 0), FREE);

    assertEquals(BLOCK, plan.kvBlockBytes());
    assertEquals(10, plan.kvBlocks());
    assertEquals(160, plan.contextMax(MODEL.spec()));
  }

  @Test
  void aBudgetOfTokensIsRoundedUpToBlocks() {
    assertEquals(7, DevicePlan.of(MODEL, settings(0, 97), FREE).kvBlocks());
  }

  @Test
  void withoutABudgetHalfOfWhatIsLeftIsForBlocksButNoMoreThanSeatsCanFill() {
    DevicePlan rich = DevicePlan.of(MODEL, settings(0, 0), FREE);
    assertEquals(16 * 512 / 16, rich.kvBlocks());
    assertEquals(512, rich.contextMax(MODEL.spec()));

    long taken = rich.weightBytes() + rich.workspaceBytes();
    long free = taken + 41 * BLOCK;
    DevicePlan poor = DevicePlan.of(MODEL, settings(0, 0), free);

    assertEquals((free - free / 64 - taken) / 2 / BLOCK, poor.kvBlocks());
  }

  @Test
  void moreThanTheGpuHasIsRefusedWithTheSettingToChange() {
    DevicePlan plan = DevicePlan.of(MODEL, settings(0, 0), FREE);
    assertRefused("choose a smaller model", 0, 0, plan.weightBytes());
    assertRefused("`engine.kv-bytes` must be <= ", FREE, 0, FREE);
    assertRefused("the bytes of `engine.kv-tokens` must be <= ", 0, FREE, FREE);
    assertRefused("`engine.kv-bytes` must be >= " + BLOCK, BLOCK - 1, 0, FREE);
  }

  private static void assertRefused(String message, long kvBytes, long kvTokens, long free) {
    LorikeetException refused =
        assertThrows(
            LorikeetException.class, () -> DevicePlan.of(MODEL, settings(kvBytes, kvTokens), free));
    assertEquals(ErrorCode.MODEL_MEMORY_EXCEEDED, refused.code());
    assertTrue(refused.toString().contains(message), refused.toString());
  }
}
