package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.merge.Factors;
import io.lorikeet.engine.adapter.merge.PlainLora;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.Projection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PlainLoraReaderTest {
  @ParameterizedTest
  @CsvSource({
    "llama, dora-r8, DoRA",
    "llama, rslora-r16, rsLoRA",
    "llama, patterns-rslora, rsLoRA",
    "llama, alora, aLoRA",
    "llama, ia3, Ia3",
    "mixtral, experts-r4, experts",
    "mixtral, experts-by-name, experts",
    "mixtral, experts-and-router, experts",
    "mixtral, router-r4, router",
    "llama, vera, Vera",
    "llama, adalora, AdaLora",
    "llama, save-norm, modules_to_save",
    "llama, save-embed-and-head, modules_to_save",
    "llama, trainable-tokens, trainable tokens",
    "llama, embed-and-head, replaced weights of the base",
    "llama-biases, bias-all, biases",
    "llama-biases, lora-bias, lora_bias",
    "mixtral, experts-by-name, experts",
    "mixtral, router-r4, target_parameters"
  })
  void whatIsMoreThanUpdatesIsRefusedByAdapterAndKind(String model, String adapter, String kind) {
    LorikeetException e = assertThrows(LorikeetException.class, () -> read(model, adapter));

    assertEquals(ErrorCode.ADAPTER_MERGE_UNSUPPORTED, e.code());
    assertTrue(e.toString().contains("`" + adapter + "`"), e::toString);
    assertTrue(e.toString().contains(kind), e::toString);
  }

  @Test
  void matricesStoredAsBlocksAreRefused(@TempDir Path folder) throws IOException {
    TestAdapter blocks =
        new TestAdapter()
            .set("use_bdlora", "{\"nblocks\": 2, \"target_modules_bd_a\": [\"q_proj\"]}")
            .matrix(TestAdapter.Q0 + ".lora_A.weight", 2, 32, new Random(1))
            .matrix(TestAdapter.Q0 + ".lora_B.weight", 64, 2, new Random(2));
    blocks.read();
    AdapterArtifact artifact = AdapterFolder.copy(blocks.write(folder), AdapterLimits.DEFAULT);

    LorikeetException e =
        assertThrows(
            LorikeetException.class,
            () ->
                AdapterFolder.readPlain(
                    "blocks", artifact, TestAdapter.LLAMA, AdapterLimits.DEFAULT));

    assertEquals(ErrorCode.ADAPTER_MERGE_UNSUPPORTED, e.code());
    assertTrue(e.toString().contains("use_bdlora"), e::toString);
  }

  @Test
  void factorsAreThoseOfTheFileAndTheScaleIsApart() {
    PlainLora lora = read("llama", "all-linear-r4");

    Factors q = Objects.requireNonNull(lora.layers().getFirst().get(Projection.Q));
    assertEquals(4, q.a().rows());
    assertEquals(4, q.b().cols());
    assertEquals(alpha("all-linear-r4") / 4, q.scale());
    assertTrue(lora.head().isEmpty());
  }

  @Test
  void eachModuleHasItsOwnRankAndScale() {
    PlainLora lora = read("llama", "patterns");

    long scales =
        lora.layers().stream()
            .flatMap(layer -> layer.values().stream())
            .map(Factors::scale)
            .distinct()
            .count();
    assertTrue(scales > 1, () -> "scales: " + scales);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qv-r4", "mlp-only", "layer-1-only", "gaussian-init", "down-only-fp16"})
  void plainAdaptersAreRead(String adapter) {
    assertTrue(
        read("llama", adapter).layers().stream().anyMatch(layer -> !layer.isEmpty()), adapter);
  }

  private static double alpha(String adapter) {
    return Fixtures.json(
            Fixtures.path("models", "llama", "adapters", adapter, "adapter_config.json"))
        .get("lora_alpha")
        .doubleValue();
  }

  private static PlainLora read(String model, String adapter) {
    LoadedModel base = ModelFolder.load(Fixtures.path("models", model));
    return AdapterFolder.readPlain(
        adapter,
        AdapterFolder.copy(
            Fixtures.path("models", model, "adapters", adapter), AdapterLimits.DEFAULT),
        base,
        AdapterLimits.DEFAULT);
  }
}
