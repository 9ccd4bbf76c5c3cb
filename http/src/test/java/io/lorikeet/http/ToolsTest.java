package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Engine.ToolUse;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.ScriptedEngine;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.engine.text.calls.CallFormat;
import io.lorikeet.engine.text.calls.CallMarks;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Chats with tools: what reaches the engine, what comes back, what is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ToolsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String USER = "'messages': [{'role': 'user', 'content': 'Hi'}]";
  private static final String CALL =
      "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": 1}}</tool_call>";

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello, limits());
  }

  private static Map<String, Object> limits() {
    return Map.of("requests.tools-max", 2, "requests.tools-bytes-max", 400);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @AfterEach
  void reset() {
    server.engine.script(Scripts::hello);
    server.engine.tools(ScriptedEngine.MODEL.tools());
    server.engine.requests().clear();
  }

  @Test
  void toolsReachTheTemplateAsTheyCame() throws Exception {
    post(USER, tools("add"), "'tool_choice': 'auto'");

    Generation generation = server.takeRequest();
    Prompt.Chat chat = (Prompt.Chat) generation.prompts().getFirst();
    assertEquals(
        Optional.of(
            TestServer.json(
                "[{\"type\": \"function\", \"function\": {\"name\": \"add\", \"parameters\": {}}}]")),
        chat.tools());
    assertEquals(CallFormat.HERMES.marks(), generation.ending().marks());
  }

  @Test
  void withoutToolsOrWithoutChoiceNoMarksStayInTheText() throws Exception {
    server.engine.script(_ -> says(FinishReason.STOP_TOKEN, CALL));
    for (String fields : List.of("'tools': []", tools("add") + ", 'tool_choice': 'none'")) {
      JsonNode message = message(post(USER, fields));

      assertEquals(CALL, message.path("content").asText());
      assertTrue(message.path("tool_calls").isMissingNode());
      assertEquals(CallMarks.NONE, server.takeRequest().ending().marks());
    }
  }

  @Test
  void messagesOfCallsReachTheTemplateAsTheyCame() throws Exception {
    String messages =
        "[{'role': 'user', 'content': 'Hi', 'name': 'Ada'},"
            + " {'role': 'assistant', 'content': null, 'tool_calls': [{'id': 'a',"
            + " 'type': 'function', 'function': {'name': 'add', 'arguments': '{}'}}]},"
            + " {'role': 'tool', 'tool_call_id': 'a', 'content': [{'type': 'text', 'text': '5'}]},"
            + " {'role': 'assistant', 'content': 'Ah', 'tool_calls': []}]";

    post("'messages': " + messages);

    Prompt.Chat chat = (Prompt.Chat) server.takeRequest().prompts().getFirst();
    JsonNode given = TestServer.json(messages.replace('\'', '"'));
    assertEquals(List.of(given.get(0), given.get(1), given.get(2)), chat.messages().subList(0, 3));
    assertEquals("{\"role\":\"assistant\",\"content\":\"Ah\"}", chat.messages().get(3).toString());
  }

  @ParameterizedTest
  @CsvSource({"STOP_TOKEN, tool_calls", "STOP_STRING, tool_calls", "LENGTH, length"})
  void aCallIsGivenWithoutContent(FinishReason reason, String finish) throws Exception {
    server.engine.script(_ -> says(reason, "\n", CALL.substring(0, 20), CALL.substring(20)));

    JsonNode choice = post(USER, tools("add")).path("choices").path(0);

    assertEquals(finish, choice.path("finish_reason").asText());
    assertTrue(choice.path("message").path("content").isNull());
    JsonNode call = choice.path("message").path("tool_calls").path(0);
    assertEquals("function", call.path("type").asText());
    assertEquals("add", call.path("function").path("name").asText());
    assertEquals("{\"a\": 1}", call.path("function").path("arguments").asText());
    assertTrue(call.path("id").asText().matches("call_[A-Za-z0-9]{24}"), call.toString());
  }

  @Test
  void callsOfAnAnswerHaveDifferentIdsAndMistralsHaveNineLetters() throws Exception {
    server.engine.tools(new ToolUse(true, Optional.of(CallFormat.MISTRAL)));
    server.engine.script(
        _ -> says(FinishReason.STOP_TOKEN, "[TOOL_CALLS]add[ARGS]{}[TOOL_CALLS]add[ARGS]{}"));

    JsonNode calls = message(post(USER, tools("add"))).path("tool_calls");

    assertEquals(2, calls.size());
    assertTrue(calls.get(0).path("id").asText().matches("[A-Za-z0-9]{9}"), calls.toString());
    assertTrue(!calls.get(0).path("id").equals(calls.get(1).path("id")), calls.toString());
  }

  @Test
  void withoutParallelCallsOnlyTheFirstIsGiven() throws Exception {
    server.engine.script(_ -> says(FinishReason.STOP_TOKEN, CALL, CALL.replace("1", "2"), "Done."));

    JsonNode message = message(post(USER, tools("add"), "'parallel_tool_calls': false"));

    assertEquals(1, message.path("tool_calls").size());
    assertEquals("{\"a\": 1}", message.at("/tool_calls/0/function/arguments").asText());
    assertEquals("Done.", message.path("content").asText());
  }

  @Test
  void whatOnlyLooksLikeACallIsContentAndEndsTheAnswerAsUsual() throws Exception {
    server.engine.script(_ -> says(FinishReason.STOP_TOKEN, "<tool_call>", "add(1)</tool_call>"));

    JsonNode choice = post(USER, tools("add")).path("choices").path(0);

    assertEquals("stop", choice.path("finish_reason").asText());
    assertEquals("<tool_call>add(1)</tool_call>", choice.path("message").path("content").asText());
  }

  @ParameterizedTest
  @EnumSource(CallFormat.class)
  void aModelWhoseFormatIsKnownIsAskedForItsMarks(CallFormat format) throws Exception {
    server.engine.tools(new ToolUse(true, Optional.of(format)));

    post(USER, tools("add"));

    assertEquals(format.marks(), server.takeRequest().ending().marks());
  }

  @Test
  void aModelWithoutToolsRefusesThem() throws Exception {
    server.engine.tools(ToolUse.NONE);

    refused("tools", "template", USER, tools("add"));
  }

  @Test
  void callsInAnUnknownFormatAreRefusedButNotTheToolsThemselves() throws Exception {
    server.engine.tools(new ToolUse(true, Optional.empty()));

    refused("tools", "--tool-call-parser", USER, tools("add"));
    assertTrue(message(post(USER, tools("add"), "'tool_choice': 'none'")).has("content"));
  }

  @Test
  void requiredCallsAreRefusedUntilAnswersCanBeHeldToThem() throws Exception {
    refused("tool_choice", "grammar", USER, tools("add"), "'tool_choice': 'required'");
    refused(
        "tools[0].function.strict",
        "schema",
        USER,
        "'tools': [{'type': 'function', 'function': {'name': 'add', 'strict': true}}]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "tools[0].function.name|{}",
        "tools[0].function.name|{'name': 'a b'}",
        "tools[0].function.name|{'name': ''}",
        "tools[0].function.name|{'name': 1}",
        "tools[0].function.description|{'name': 'a', 'description': 1}",
        "tools[0].function.parameters|{'name': 'a', 'parameters': []}",
        "tools[0].function.strict|{'name': 'a', 'strict': 1}",
      })
  void aDefinitionIsRefusedByItsPlace(String place, String function) throws Exception {
    refused(place, "`", USER, "'tools': [{'type': 'function', 'function': " + function + "}]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "tools[0]|1",
        "tools[0].type|{'name': 'a'}",
        "tools[0].type|{'type': 'web_search'}",
        "tools[0].function|{'type': 'function', 'name': 'a'}",
      })
  void whatIsNoFunctionIsRefusedByItsPlace(String place, String tool) throws Exception {
    refused(place, "`", USER, "'tools': [" + tool + "]");
  }

  @Test
  void asManyToolsAsAllowed() throws Exception {
    assertTrue(message(post(USER, tools("add", "sub"))).has("tool_calls"));
    refused("tools", "at most 2", USER, tools("add", "sub", "mul"));
  }

  @Test
  void asManyBytesOfToolsAsAllowed() throws Exception {
    int rest = 400 - "[]".length() - definition("").length();
    String exact = definition("x".repeat(rest));

    assertTrue(message(post(USER, "'tools': [" + exact + "]")).has("tool_calls"));
    refused(
        "tools", "at most 400 bytes", USER, "'tools': [" + definition("x".repeat(rest + 1)) + "]");
  }

  private static String definition(String description) {
    return "{'type':'function','function':{'name':'a','description':'%s'}}".formatted(description);
  }

  @Test
  void aNameMayHave128Characters() throws Exception {
    assertTrue(message(post(USER, tools("a".repeat(128)))).has("tool_calls"));
    refused("tools[0].function.name", "128", USER, tools("a".repeat(129)));
  }

  private void refused(String about, String says, String... fields) throws Exception {
    HttpResponse<String> response = server.post(CHAT, body(fields));
    JsonNode error = TestServer.json(response.body()).path("error");
    assertEquals(400, response.statusCode(), response.body());
    assertEquals(about, error.path("param").asText(), response.body());
    assertTrue(error.path("message").asText().contains(says), response.body());
  }

  private JsonNode post(String... fields) throws Exception {
    HttpResponse<String> response = server.post(CHAT, body(fields));
    assertEquals(200, response.statusCode(), response.body());
    return TestServer.json(response.body());
  }

  private static JsonNode message(JsonNode body) {
    return body.path("choices").path(0).path("message");
  }

  private static String body(String... fields) {
    return "{\"model\": \"tiny\", " + String.join(", ", fields).replace('\'', '"') + "}";
  }

  private static String tools(String... names) {
    List<String> tools = new ArrayList<>();
    for (String name : names) {
      tools.add(
          "{'type': 'function', 'function': {'name': '%s', 'parameters': {}}}".formatted(name));
    }
    return "'tools': [" + String.join(", ", tools) + "]";
  }

  private static Script says(FinishReason reason, String... pieces) {
    List<GenerationEvent> events = new ArrayList<>();
    for (String piece : pieces) {
      events.add(new Piece(0, piece, List.of(1), List.of()));
    }
    events.add(new ChoiceEnded(0, reason, Optional.empty(), pieces.length));
    events.add(new Completed(1, pieces.length));
    return Script.events(events.toArray(new GenerationEvent[0]));
  }
}
