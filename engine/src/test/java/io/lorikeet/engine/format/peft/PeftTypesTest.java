package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.LorikeetException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every type that PEFT 0.21.2 knows is served or refused by name. */
final class PeftTypesTest {
  private static final List<String> TYPES =
      List.of(
          "PROMPT_TUNING",
          "MULTITASK_PROMPT_TUNING",
          "P_TUNING",
          "PREFIX_TUNING",
          "LORA",
          "ADALORA",
          "ADAMSS",
          "BOFT",
          "ADAPTION_PROMPT",
          "IA3",
          "BEFT",
          "LILY",
          "LOHA",
          "LOKR",
          "OFT",
          "POLY",
          "LN_TUNING",
          "VERA",
          "FROD",
          "PVERA",
          "FOURIERFT",
          "GLORA",
          "XLORA",
          "HRA",
          "VBLORA",
          "UNILORA",
          "CPT",
          "MISS",
          "RANDLORA",
          "ROAD",
          "TRAINABLE_TOKENS",
          "HIRA",
          "SHIRA",
          "C3A",
          "WAVEFT",
          "OSF",
          "DELORA",
          "GRALORA",
          "CARTRIDGE",
          "TINYLORA",
          "PSOFT",
          "PEANUT",
          "SHADOW",
          "SUPERTUNING",
          "DEFT");

  private static final Set<String> SERVED =
      Set.of("LORA", "ADALORA", "IA3", "VERA", "LOHA", "LOKR", "LN_TUNING", "TRAINABLE_TOKENS");

  @Test
  void everyTypeIsEitherServedOrRefused() {
    Set<String> known = new TreeSet<>();
    Arrays.stream(PeftMethod.values()).forEach(method -> known.add(method.name()));
    assertEquals(new TreeSet<>(SERVED), known);
    Arrays.stream(RefusedMethod.values()).forEach(method -> assertTrue(known.add(method.name())));
    assertEquals(45, TYPES.size());
    assertEquals(new TreeSet<>(TYPES), known);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void typeThatIsNotServedIsRefusedByName(String type) {
    LorikeetException refusal = refusal(type);
    assertEquals("adapter_type_unsupported", refusal.code().wire());
    String message = "" + refusal.getMessage();
    assertTrue(message.contains("\"" + type + "\""), message);
    assertTrue(message.contains(RefusedMethod.valueOf(type).does()), message);
    SERVED.forEach(served -> assertTrue(message.contains(served), message));
  }

  static Stream<String> refused() {
    return TYPES.stream().filter(type -> !SERVED.contains(type));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora", "LoRA", "BONE", "LORA2", "", " LORA"})
  void unknownTypeIsRefusedByName(String type) {
    LorikeetException refusal = refusal(type);
    assertEquals("adapter_type_unsupported", refusal.code().wire());
    assertTrue(("" + refusal.getMessage()).contains("\"" + type + "\""), refusal::getMessage);
  }

  @ParameterizedTest
  @EnumSource(PeftMethod.class)
  void typeOfAServedMethodIsReadByItsReader(PeftMethod method) {
    // A field that no method knows is refused after the type.
    LorikeetException refusal =
        assertThrows(
            LorikeetException.class,
            new TestAdapter().set("peft_type", "\"" + method + "\"").set("knob", "1")::read);
    assertEquals("adapter_field_unknown", refusal.code().wire());
  }

  private static LorikeetException refusal(String type) {
    return assertThrows(
        LorikeetException.class, new TestAdapter().set("peft_type", "\"" + type + "\"")::read);
  }
}
