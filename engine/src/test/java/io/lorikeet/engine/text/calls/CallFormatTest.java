package io.lorikeet.engine.text.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallFormatTest {
  @Test
  void aFormatIsKnownByWhatATemplateWrites() {
    assertEquals(
        Optional.of(CallFormat.HERMES),
        CallFormat.of(
            "\n<tool_call>\n{\"name\": \"add\", \"arguments\": {}}\n</tool_call>", "add"));
    assertEquals(
        Optional.of(CallFormat.MISTRAL),
        CallFormat.of(
            "[TOOL_CALLS] [{\"name\": \"add\", \"arguments\": {}, \"id\": \"abcdefghi\"}]", "add"));
    assertEquals(
        Optional.of(CallFormat.MISTRAL), CallFormat.of("[TOOL_CALLS]add[ARGS]{\"a\": 1}", "add"));
    assertEquals(
        Optional.of(CallFormat.LLAMA3),
        CallFormat.of("{\"name\": \"add\", \"parameters\": {\"a\": 1}}", "add"));
    assertEquals(
        Optional.of(CallFormat.LLAMA3),
        CallFormat.of("<|python_tag|>{\"name\": \"add\", \"arguments\": {}}", "add"));
    assertEquals(
        Optional.of(CallFormat.JSON),
        CallFormat.of("{\"name\": \"add\", \"arguments\": {\"a\": 1}}", "add"));
  }

  @Test
  void otherFormatsAreUnknown() {
    assertEquals(Optional.empty(), CallFormat.of("", "add"));
    assertEquals(Optional.empty(), CallFormat.of("add(a=1)", "add"));
    assertEquals(
        Optional.empty(),
        CallFormat.of("<call>{\"name\": \"add\", \"arguments\": {}}</call>", "add"));
    assertEquals(
        Optional.empty(),
        CallFormat.of("<tool_call>{\"name\": \"sub\", \"arguments\": {}}</tool_call>", "add"));
  }
}
