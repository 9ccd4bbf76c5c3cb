package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.peft.AdapterSummary.Scaling;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AdapterSummaryTest {
  @ParameterizedTest
  @CsvSource({
    "qv-r4, LoRA",
    "rslora-r16, rsLoRA",
    "dora-r8, DoRA",
    "dora-rslora-r5, rsLoRA + DoRA",
    "alora, aLoRA",
  })
  void theMethodIsNamedAsInTheFieldsPapers(String adapter, String method) {
    assertEquals(method, summary(adapter).method());
  }

  @Test
  void exceptionsKeepTheirPatterns() {
    Scaling scaling = summary("patterns").lowRank().orElseThrow();

    assertEquals(
        new Scaling(
            4,
            8,
            2,
            Map.of(
                "^model\\.layers\\.0\\.self_attn\\.o_proj",
                5,
                "layers\\.1\\.mlp\\.down_proj",
                12,
                "q_proj",
                3),
            Map.of("down_proj", 40.0, "k_proj", 1.0, "layers\\.0\\.mlp\\.up_proj", 3.0)),
        scaling);
    assertEquals("down_proj", List.copyOf(scaling.alphaPattern().keySet()).getFirst());
  }

  @Test
  void rankStabilizedScaleDividesByTheRoot() {
    assertEquals(4.0, summary("patterns-rslora").lowRank().orElseThrow().scale());
  }

  @Test
  void absentFieldsHavePeftsDefaults() {
    AdapterSummary summary = of("{\"peft_type\": \"LORA\"}");

    assertEquals(
        new AdapterSummary("LoRA", Optional.of(new Scaling(8, 8, 1, Map.of(), Map.of()))), summary);
  }

  @ParameterizedTest
  @CsvSource({"adalora, AdaLoRA", "ia3, (IA)3", "ln-tuning, LN tuning", "vera, VeRA"})
  void methodWithoutAlphaClaimsNoScale(String adapter, String method) {
    assertEquals(new AdapterSummary(method, Optional.empty()), summary(adapter));
  }

  @ParameterizedTest
  @CsvSource({"loha, LoHa", "lokr, LoKr"})
  void productsHaveRankAndScaleToo(String adapter, String method) {
    assertEquals(
        new AdapterSummary(method, Optional.of(new Scaling(4, 8, 2, Map.of(), Map.of()))),
        summary(adapter));
  }

  @Test
  void methodThatIsNotServedHasNoSummary() {
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> of("{\"peft_type\": \"HRA\"}"));

    assertEquals("adapter_type_unsupported", refusal.code().wire());
  }

  private static AdapterSummary of(String config) {
    return AdapterSummary.of(
        new AdapterArtifact(
            GenerationId.BASE,
            MemorySegment.ofArray(config.getBytes(StandardCharsets.UTF_8)),
            MemorySegment.NULL),
        AdapterLimits.DEFAULT);
  }

  private static AdapterSummary summary(String adapter) {
    return AdapterSummary.of(
        AdapterFolder.copy(
            Fixtures.path("models", "llama", "adapters", adapter), AdapterLimits.DEFAULT),
        AdapterLimits.DEFAULT);
  }
}
