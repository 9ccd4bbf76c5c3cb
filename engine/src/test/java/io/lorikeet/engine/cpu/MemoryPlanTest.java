package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.EngineSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.spi.MemoryNeed;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryPlanTest {
  private static final LoadedModel MODEL = TestModels.model("llama");
  private static final long BLOCK = KvCache.blockBytes(MODEL.spec());

  private final long weights = plan(BLOCK, 1L << 40).weightBytes();
  private final long workspace = plan(BLOCK, 1L << 40).workspaceBytes();

  @Test
  void weightsAreTheMatricesOfTheModel() {
    long layer = 64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 100;
    assertEquals(4 * (2 * layer + 2 * 307 * 64), weights);
  }

  @Test
  void givenBudgetIsTakenInWholeBlocks() {
    assertEquals(7, plan(8 * BLOCK - 1, 1L << 40).kvBlocks());
  }

  @Test
  void budgetMayTakeAllThatIsLeftAndNoMore() {
    long free = weights + workspace + 10 * BLOCK;

    assertEquals(10, plan(10 * BLOCK, free).kvBlocks());
    LorikeetException refused = refused(10 * BLOCK + 1, free);
    assertTrue(refused.toString().contains("`engine.kv-bytes` must be <= " + 10 * BLOCK));
  }

  @Test
  void unsetBudgetIsHalfOfWhatIsLeft() {
    assertEquals(5, plan(0, weights + workspace + 10 * BLOCK).kvBlocks());
  }

  @Test
  void unsetBudgetIsNoMoreThanAllSeatsCanUse() {
    // 16 seats of 512 positions
    assertEquals(16 * 512 / 16, plan(0, 1L << 40).kvBlocks());
  }

  @Test
  void slotsMayTakeHalfOfWhatTheCacheLeaves() {
    assertEquals(4 * BLOCK, plan(2 * BLOCK, weights + workspace + 10 * BLOCK).adapterBytes());
    assertEquals(1, plan(10 * BLOCK, weights + workspace + 10 * BLOCK).adapterBytes());
  }

  @Test
  void budgetBelowOneBlockIsRefused() {
    LorikeetException refused = refused(BLOCK - 1, 1L << 40);
    assertTrue(refused.toString().contains("`engine.kv-bytes` must be >= " + BLOCK));
  }

  @Test
  void aCacheOfTokensHasWholeBlocks() {
    assertEquals(2, tokens(32).kvBlocks());
    assertEquals(3, tokens(33).kvBlocks());
  }

  private static MemoryPlan tokens(long kvTokens) {
    EngineSettings settings = new EngineSettings(1, "auto", "stored", 8, 0, kvTokens, 16, 1);
    return MemoryPlan.of(MODEL, settings, 1L << 40);
  }

  @Test
  void modelThatDoesNotFitNamesTheSettingToLower() {
    LorikeetException refused = refused(0, weights + workspace);
    assertTrue(refused.toString().contains("`engine.rows-max`"), refused.toString());
  }

  @Test
  void contextIsNoLongerThanTheCache() {
    assertEquals(48, plan(3 * BLOCK, 1L << 40).contextMax(MODEL.spec()));
    assertEquals(512, plan(64 * BLOCK, 1L << 40).contextMax(MODEL.spec()));
  }

  @Test
  void theProviderSaysBeforehandWhatOpeningTakes() {
    EngineSettings settings = new EngineSettings(1, "auto", "stored", 8, 0, 16, 1);
    CpuExecutorProvider provider = new CpuExecutorProvider();
    long free = weights + workspace + 10 * BLOCK;

    assertEquals(
        new MemoryNeed(weights, workspace, BLOCK, 16), provider.memoryNeed(MODEL, settings));
    assertEquals(5, provider.kvBlocks(MODEL, settings, free));
    assertTrue(provider.freeBytes() > 0);
  }

  @Test
  void keysAndValuesCostTheirWidthsInEveryLayer() {
    // 2 layers, keys and values of 2 heads of 16 F32 numbers
    assertEquals(
        1000 * 2 * 2 * 2 * 16 * 4, new MemoryNeed(weights, workspace, BLOCK, 16).kvBytes(1000));
  }

  @Test
  void freeMemoryIsKnown() {
    assertTrue(FreeMemory.bytes() > 0);
  }

  @Test
  void meminfoFieldsCountInKibibytes() {
    List<String> lines = List.of("MemTotal:       24588 kB", "MemAvailable:   12 kB");
    assertEquals(12 * 1024, FreeMemory.field(lines, "MemAvailable:"));
    assertThrows(IllegalStateException.class, () -> FreeMemory.field(lines, "MemFree:"));
  }

  private static MemoryPlan plan(long kvBytes, long freeBytes) {
    EngineSettings settings = new EngineSettings(1, "auto", "stored", 8, kvBytes, 16, 1);
    return MemoryPlan.of(MODEL, settings, freeBytes);
  }

  private static LorikeetException refused(long kvBytes, long freeBytes) {
    LorikeetException refused =
        assertThrows(LorikeetException.class, () -> plan(kvBytes, freeBytes));
    assertEquals(ErrorCode.MODEL_MEMORY_EXCEEDED, refused.code());
    return refused;
  }
}
