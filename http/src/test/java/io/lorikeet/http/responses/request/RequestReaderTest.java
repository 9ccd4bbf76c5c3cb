package io.lorikeet.http.responses.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {
  private static final Earlier NOTHING = earlier(List.of());

  private static Earlier earlier(List<ObjectNode> items) {
    return new Earlier() {
      @Override
      public List<ObjectNode> conversation(String responseId) {
        return items;
      }

      @Override
      public Optional<ObjectNode> item(String id) {
        return items.stream().filter(item -> item.path("id").asText().equals(id)).findFirst();
      }
    };
  }

  @Test
  void aTextIsAMessageOfTheUserBehindTheInstructions() {
    ResponseRequest request = read("'input': 'Hi', 'instructions': 'Be brief'");

    assertEquals(
        json("[{'role': 'system', 'content': 'Be brief'}, {'role': 'user', 'content': 'Hi'}]"),
        request.chat().path("messages"));
    assertEquals(
        json(
            "{'id': 'msg_k_i0', 'type': 'message', 'status': 'completed', 'role': 'user',"
                + " 'content': [{'type': 'input_text', 'text': 'Hi'}]}"),
        request.input().getFirst());
  }

  @Test
  void messagesMayComeInAnyFormThatOpenAiHas() {
    ResponseRequest request =
        read(
            "'input': [{'role': 'developer', 'content': 'a'}, {'type': 'message', 'role': 'user',"
                + " 'content': [{'type': 'input_text', 'text': 'b'}, {'type': 'text', 'text':"
                + " 'c'}]}, {'id': 'msg_1', 'type': 'message', 'role': 'assistant', 'status':"
                + " 'completed', 'content': [{'type': 'output_text', 'text': 'd', 'annotations':"
                + " []}]}]");

    assertEquals(
        json(
            "[{'role': 'developer', 'content': 'a'}, {'role': 'user', 'content': [{'type': 'text',"
                + " 'text': 'b'}, {'type': 'text', 'text': 'c'}]}, {'role': 'assistant',"
                + " 'content': 'd'}]"),
        request.chat().path("messages"));
    assertEquals("msg_1", request.input().get(2).path("id").asText());
    assertTrue(request.input().get(2).at("/content/0/annotations").isArray());
  }

  @Test
  void callsAndTheTextBeforeThemAreOneTurnAndResultsFollow() {
    ResponseRequest request =
        read(
            "'input': [{'role': 'assistant', 'content': 'wait'}, {'type': 'function_call',"
                + " 'call_id': 'c1', 'name': 'f', 'arguments': '{}'}, {'type': 'function_call',"
                + " 'call_id': 'c2', 'name': 'g', 'arguments': '{}'}, {'type':"
                + " 'function_call_output', 'call_id': 'c2', 'output': 'two'}, {'type':"
                + " 'function_call_output', 'call_id': 'c1', 'output': [{'type': 'input_text',"
                + " 'text': 'one'}]}]");

    assertEquals(
        json(
            "[{'role': 'assistant', 'content': 'wait', 'tool_calls': [{'id': 'c1', 'type':"
                + " 'function', 'function': {'name': 'f', 'arguments': '{}'}}, {'id': 'c2',"
                + " 'type': 'function', 'function': {'name': 'g', 'arguments': '{}'}}]}, {'role':"
                + " 'tool', 'tool_call_id': 'c2', 'name': 'g', 'content': 'two'}, {'role':"
                + " 'tool', 'tool_call_id': 'c1', 'name': 'f', 'content': 'one'}]"),
        request.chat().path("messages"));
  }

  @Test
  void aTextBehindACallBelongsToTheSameTurn() {
    ResponseRequest request =
        read(
            "'input': [{'type': 'function_call', 'call_id': 'c1', 'name': 'f', 'arguments': '{}'},"
                + " {'role': 'assistant', 'content': 'wait'}, {'type': 'function_call_output',"
                + " 'call_id': 'c1', 'output': 'one'}]");

    assertEquals(2, request.chat().path("messages").size());
    assertEquals("wait", request.chat().at("/messages/0/content").asText());
  }

  @Test
  void aConversationIsContinuedWithoutItsInstructions() {
    Earlier earlier =
        earlier(
            List.of(
                (ObjectNode)
                    json(
                        "{'id': 'fc_a_o0', 'type': 'function_call', 'call_id': 'c1', 'name': 'f',"
                            + " 'arguments': '{}'}")));

    ResponseRequest request =
        RequestReader.read(
            body(
                "'previous_response_id': 'resp_a', 'instructions': 'new', 'input': [{'type':"
                    + " 'function_call_output', 'call_id': 'c1', 'output': 'one'}]"),
            earlier,
            "k");

    assertEquals("new", request.chat().at("/messages/0/content").asText());
    assertEquals("c1", request.chat().at("/messages/1/tool_calls/0/id").asText());
    assertEquals("tool", request.chat().at("/messages/2/role").asText());
    assertEquals(1, request.input().size());
    assertEquals(2, request.items().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'id': 'msg_a_o0'}", "{'type': 'item_reference', 'id': 'msg_a_o0'}"})
  void aReferenceStandsForTheItemThatItNames(String reference) {
    ObjectNode item =
        (ObjectNode)
            json(
                "{'id': 'msg_a_o0', 'type': 'message', 'role': 'assistant', 'content': [{'type':"
                    + " 'output_text', 'text': 'Ahoy'}]}");

    ResponseRequest request =
        RequestReader.read(body("'input': [" + reference + "]"), earlier(List.of(item)), "k");

    assertEquals(List.of(item), request.input());
    assertEquals("Ahoy", request.chat().at("/messages/0/content").asText());
  }

  @Test
  void toolsAreNestedForTheChatAndShownWhole() {
    ResponseRequest request =
        read(
            "'input': 'Hi', 'tools': [{'type': 'function', 'name': 'f', 'parameters': {},"
                + " 'description': null}], 'tool_choice': {'type': 'function', 'name': 'f'}");

    assertEquals(
        json("[{'type': 'function', 'function': {'name': 'f', 'parameters': {}}}]"),
        request.chat().path("tools"));
    assertEquals(
        json("{'type': 'function', 'function': {'name': 'f'}}"),
        request.chat().path("tool_choice"));
    assertEquals(
        json(
            "[{'type': 'function', 'name': 'f', 'parameters': {}, 'description': null, 'strict':"
                + " false}]"),
        request.shown().path("tools"));
  }

  @Test
  void limitsAndLogProbabilitiesGetTheNamesOfChats() {
    ResponseRequest request =
        read(
            "'input': 'Hi', 'max_output_tokens': 9, 'top_logprobs': 2, 'include':"
                + " ['message.output_text.logprobs'], 'seed': 5, 'adapters': []");

    assertEquals(9, request.chat().path("max_completion_tokens").asInt());
    assertTrue(request.chat().path("logprobs").asBoolean());
    assertEquals(2, request.chat().path("top_logprobs").asInt());
    assertEquals(5, request.chat().path("seed").asInt());
    assertTrue(request.chat().has("adapters"));
    for (String own : List.of("input", "include", "max_output_tokens", "store", "metadata")) {
      assertTrue(!request.chat().has(own), own);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'include': ['reasoning.encrypted_content']",
        "'reasoning': {'effort': 'none', 'summary': 'auto'}",
        "'text': {'format': {'type': 'text'}, 'verbosity': 'medium'}",
        "'truncation': 'disabled', 'service_tier': 'flex', 'user': 'u', 'safety_identifier': 's'",
        "'prompt_cache_key': 'p', 'prompt_cache_retention': '24h', 'max_tool_calls': 3",
        "'store': false, 'parallel_tool_calls': false, 'background': false, 'conversation': null",
        "'stream': true, 'stream_options': {'include_obfuscation': false}",
        "'unheard_of': 1"
      })
  void whatChangesNoAnswerIsTaken(String fields) {
    assertEquals(1, read("'input': 'Hi', " + fields).input().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'instructions': 'x'|REQUEST_INVALID|input",
        "'input': 5|REQUEST_INVALID|input",
        "'input': []|PARAMETER_OUT_OF_RANGE|input",
        "'input': ['Hi']|REQUEST_INVALID|input[0]",
        "'input': [{'content': 'Hi'}]|REQUEST_INVALID|input[0].type",
        "'input': [{'role': 'tool', 'content': 'Hi'}]|PARAMETER_UNSUPPORTED|input[0].role",
        "'input': [{'role': 'user'}]|REQUEST_INVALID|input[0].content",
        "'input': [{'role': 'user', 'content': []}]|PARAMETER_OUT_OF_RANGE|input[0].content",
        "'input': [{'role': 'user', 'content': [{'type': 'input_image'}]}]"
            + "|PARAMETER_UNSUPPORTED|input[0].content[0].type",
        "'input': [{'role': 'user', 'content': [{'type': 'input_file'}]}]"
            + "|PARAMETER_UNSUPPORTED|input[0].content[0].type",
        "'input': [{'role': 'user', 'content': [{'type': 'output_text', 'text': ''}]}]"
            + "|PARAMETER_UNSUPPORTED|input[0].content[0].type",
        "'input': [{'role': 'assistant', 'content': [{'type': 'refusal'}]}]"
            + "|PARAMETER_UNSUPPORTED|input[0].content[0].type",
        "'input': [{'type': 'reasoning', 'id': 'r', 'summary': []}]"
            + "|PARAMETER_UNSUPPORTED|input[0].type",
        "'input': [{'type': 'web_search_call'}]|PARAMETER_UNSUPPORTED|input[0].type",
        "'input': [{'type': 'function_call', 'name': 'f', 'arguments': ''}]"
            + "|REQUEST_INVALID|input[0].call_id",
        "'input': [{'type': 'function_call_output', 'call_id': 'c', 'output': ''}]"
            + "|REQUEST_INVALID|input[0].call_id",
        "'input': [{'type': 'item_reference', 'id': 'none'}]|REQUEST_INVALID|input[0].id",
        "'input': '', 'messages': []|PARAMETER_UNSUPPORTED|messages",
        "'input': '', 'max_tokens': 5|PARAMETER_UNSUPPORTED|max_tokens",
        "'input': '', 'max_completion_tokens': 5|PARAMETER_UNSUPPORTED|max_completion_tokens",
        "'input': '', 'n': 2|PARAMETER_UNSUPPORTED|n",
        "'input': '', 'logprobs': true|PARAMETER_UNSUPPORTED|logprobs",
        "'input': '', 'response_format': {}|PARAMETER_UNSUPPORTED|response_format",
        "'input': '', 'prompt': {'id': 'p'}|PARAMETER_UNSUPPORTED|prompt",
        "'input': '', 'conversation': 'c'|PARAMETER_UNSUPPORTED|conversation",
        "'input': '', 'moderation': {}|PARAMETER_UNSUPPORTED|moderation",
        "'input': '', 'context_management': [{}]|PARAMETER_UNSUPPORTED|context_management",
        "'input': '', 'truncation': 'auto'|PARAMETER_UNSUPPORTED|truncation",
        "'input': '', 'generate': false|PARAMETER_UNSUPPORTED|generate",
        "'input': '', 'include': ['all']|PARAMETER_UNSUPPORTED|include[0]",
        "'input': '', 'include': 'all'|REQUEST_INVALID|include",
        "'input': '', 'top_logprobs': 2|REQUEST_INVALID|top_logprobs",
        "'input': '', 'text': {'verbosity': 'low'}|PARAMETER_UNSUPPORTED|text.verbosity",
        "'input': '', 'text': {'format': {'type': 'json_object'}}"
            + "|PARAMETER_UNSUPPORTED|text.format",
        "'input': '', 'reasoning': {'effort': 'low'}|PARAMETER_UNSUPPORTED|reasoning.effort",
        "'input': '', 'tools': [{'type': 'web_search'}]|PARAMETER_UNSUPPORTED|tools[0].type",
        "'input': '', 'tools': [{'type': 'function', 'name': 'f', 'defer_loading': true}]"
            + "|PARAMETER_UNSUPPORTED|tools[0].defer_loading",
        "'input': '', 'tool_choice': {'type': 'mcp'}|PARAMETER_UNSUPPORTED|tool_choice.type",
        "'input': '', 'max_output_tokens': 0|PARAMETER_OUT_OF_RANGE|max_output_tokens",
        "'input': '', 'max_tool_calls': 0|PARAMETER_OUT_OF_RANGE|max_tool_calls",
        "'input': '', 'stream_options': {}|REQUEST_INVALID|stream_options",
        "'input': '', 'stream': true, 'stream_options': {'include_obfuscation': true}"
            + "|PARAMETER_UNSUPPORTED|stream_options.include_obfuscation",
        "'input': '', 'stream': true, 'background': true|PARAMETER_UNSUPPORTED|background",
        "'input': '', 'store': false, 'background': true|REQUEST_INVALID|background",
        "'input': '', 'metadata': {'a': 1}|REQUEST_INVALID|metadata",
        "'input': '', 'model': 5|REQUEST_INVALID|model",
      })
  void whatIsNotReadIsRefusedByName(String fields, ErrorCode code, String named) {
    LorikeetException e = assertThrows(LorikeetException.class, () -> read(fields));

    assertEquals(code, e.code());
    assertTrue(String.valueOf(e.getMessage()).startsWith("`" + named + "`"), e.getMessage());
  }

  @Test
  void metadataHoldsAsMuchAsItMayAndNoMore() {
    String key = "k".repeat(63);
    StringBuilder pairs = new StringBuilder();
    for (char c = 'a'; c < 'a' + 16; c++) {
      pairs.append(c == 'a' ? "" : ", ").append("'%s': '%s'".formatted(key + c, "v".repeat(512)));
    }

    assertEquals(
        16, read("'input': '', 'metadata': {" + pairs + "}").shown().path("metadata").size());
    for (String more :
        List.of(
            pairs + ", 'q': ''",
            "'" + "k".repeat(65) + "': ''",
            "'k': '" + "v".repeat(513) + "'")) {
      LorikeetException e =
          assertThrows(
              LorikeetException.class, () -> read("'input': '', 'metadata': {" + more + "}"));
      assertEquals(ErrorCode.PARAMETER_OUT_OF_RANGE, e.code());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "`max_completion_tokens` must,`max_output_tokens` must",
    "`tools[0].function.name` must,`tools[0].name` must",
    "`tools[0].function` is,`tools[0]` is",
    "`tool_choice.function.name` is,`tool_choice.name` is",
    "`seed` must,`seed` must",
    "there is no model `x.function`,there is no model `x.function`"
  })
  void refusalsOfTheChatNameWhatTheClientSent(String of, String becomes) {
    LorikeetException renamed =
        RequestReader.renamed(new LorikeetException(ErrorCode.REQUEST_INVALID, of));

    assertEquals(becomes, renamed.getMessage());
    assertEquals(ErrorCode.REQUEST_INVALID, renamed.code());
  }

  private static ResponseRequest read(String fields) {
    return RequestReader.read(body(fields), NOTHING, "k");
  }

  private static ObjectNode body(String fields) {
    return (ObjectNode)
        json("{" + (fields.contains("'model'") ? "" : "'model': 'tiny', ") + fields + "}");
  }

  private static JsonNode json(String text) {
    String object = "{\"value\": " + text.replace('\'', '"') + "}";
    return Json.readObject(object.getBytes(StandardCharsets.UTF_8)).path("value");
  }
}
