package io.lorikeet.engine.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.peft.AdapterFolder;
import io.lorikeet.engine.format.peft.AdapterLimits;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import org.junit.jupiter.api.Test;

final class AdapterSizeTest {
  private static final LoadedModel LLAMA = ModelFolder.load(Fixtures.path("models", "llama"));

  @Test
  void aRankCostsItsInputsAndOutputs() {
    // q and o: 64 + 64, k and v: 64 + 32, the feed-forward layer: 64 + 100
    long perRank = 2 * 128 + 2 * 96 + 3 * 164;

    assertEquals(2 * perRank * 16 * 2, AdapterSize.bytes(LLAMA.spec(), 16, 2));
  }

  @Test
  void everyExpertHasItsOwnAndSoHaveRouterAndSharedGate() {
    LoadedModel qwen = ModelFolder.load(Fixtures.path("models", "qwen2-moe"));
    // q and o: 48 + 48, k and v: 48 + 16, the shared expert: 48 + 56
    long dense = 2 * 96 + 2 * 64 + 3 * 104;
    // the router: 48 + 6, the shared gate: 48 + 1, each of 6 experts: 48 + 40
    long sparse = 54 + 49 + 6 * 3 * 88;

    assertEquals(2 * (dense + sparse) * 4 * 2, AdapterSize.bytes(qwen.spec(), 4, 2));
  }

  @Test
  void theEstimateIsTheImageOfSuchAnAdapter() {
    AdapterImage image =
        AdapterFolder.read(
            AdapterFolder.copy(
                Fixtures.path("models", "llama", "adapters", "all-linear-r8"),
                AdapterLimits.DEFAULT),
            LLAMA,
            _ -> {});

    assertEquals(image.bytes(), AdapterSize.bytes(LLAMA.spec(), 8, 4));
  }
}
