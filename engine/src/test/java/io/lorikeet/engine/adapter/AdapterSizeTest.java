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
