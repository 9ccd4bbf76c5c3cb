package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.ScriptedEngine;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.actors.Target;
import io.lorikeet.engine.error.ErrorCode;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Anthropic's messages: what reaches the engine, what comes back, what is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MessagesTest {
  private static final String PATH = "/v1/messages";
  private static final String HI = "'messages': [{'role': 'user', 'content': 'Hi'}]";
  private static final String TOOLS =
      "'tools': [{'name': 'get_weather', 'description': 'Says it.', 'input_schema':"
          + " {'type': 'object'}, 'cache_control': {'type': 'ephemeral'}},"
          + " {'type': 'custom', 'name': 'now', 'input_schema': {}}]";

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello);
    server.engine.texts(Scripts::text);
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
  void aMessageIsAnswered() throws Exception {
    HttpResponse<String> response = send(PATH, HI);

    assertEquals(200, response.statusCode(), response.body());
    assertEquals(
        json(
            "{'id': 'msg_0f1e2d3c', 'type': 'message', 'role': 'assistant', 'model': 'tiny',"
                + " 'content': [{'type': 'text', 'text': 'Hello \\\"\ud83e\udd9c\\\"\\n'}],"
                + " 'stop_reason': 'end_turn', 'stop_sequence': null, 'usage':"
                + " {'input_tokens': 3, 'cache_creation_input_tokens': 0,"
                + " 'cache_read_input_tokens': 0, 'output_tokens': 4}}"),
        TestServer.json(response.body()));
  }

  @Test
  void eventsComeInTheirOrder() throws Exception {
    List<JsonNode> events = events(HI);

    assertEquals(
        List.of(
            "message_start",
            "ping",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop"),
        events.stream().map(e -> e.path("type").asText()).toList());
    assertEquals(
        json(
            "{'type': 'message_delta', 'delta': {'stop_reason': 'end_turn', 'stop_sequence': null},"
                + " 'usage': {'input_tokens': 3, 'cache_creation_input_tokens': 0,"
                + " 'cache_read_input_tokens': 0, 'output_tokens': 4}}"),
        events.get(7));
    assertEquals(3, events.getFirst().at("/message/usage/input_tokens").asInt());
    assertTrue(events.getFirst().at("/message/stop_reason").isNull());
  }

  @Test
  void aStreamAddsUpToTheWholeAnswer() throws Exception {
    for (String fields : List.of(HI, HI + ", " + TOOLS)) {
      JsonNode whole = TestServer.json(send(PATH, fields).body());

      assertEquals(whole, joined(events(fields)), fields);
    }
  }

  @Test
  void callsAreBlocksInTheirOrder() throws Exception {
    JsonNode answer = TestServer.json(send(PATH, HI + ", " + TOOLS).body());

    assertEquals("tool_use", answer.path("stop_reason").asText());
    JsonNode content = answer.path("content");
    assertEquals(3, content.size(), answer.toString());
    assertEquals(json("{'type': 'text', 'text': 'Let me look.'}"), content.get(0));
    assertEquals("get_weather", content.get(1).path("name").asText());
    assertEquals(json("{'city': 'Oslo'}"), content.get(1).path("input"));
    assertEquals("now", content.get(2).path("name").asText());
    assertEquals(json("{}"), content.get(2).path("input"));
    Prompt.Chat chat = (Prompt.Chat) server.takeRequest().prompts().getFirst();
    assertEquals(
        Optional.of(
            json(
                "[{'type': 'function', 'function': {'name': 'get_weather', 'description':"
                    + " 'Says it.', 'parameters': {'type': 'object'}}}, {'type': 'function',"
                    + " 'function': {'name': 'now', 'parameters': {}}}]")),
        chat.tools());
  }

  @Test
  void aConversationWithResultsReachesTheTemplateAsChatMessages() throws Exception {
    send(
        PATH,
        "'system': [{'type': 'text', 'text': 'Be brief.', 'cache_control': {'type': 'ephemeral'}}],"
            + " 'messages': [{'role': 'user', 'content': 'a'}, {'role': 'user', 'content': 'b'},"
            + " {'role': 'assistant', 'content': [{'type': 'text', 'text': 'Look.'},"
            + " {'type': 'tool_use', 'id': 't1', 'name': 'now', 'input': {'x': 1}}]},"
            + " {'role': 'user', 'content': [{'type': 'tool_result', 'tool_use_id': 't1',"
            + " 'content': '5'}, {'type': 'tool_result', 'tool_use_id': 't2', 'is_error': true,"
            + " 'content': [{'type': 'text', 'text': 'no'}]}, {'type': 'text', 'text': 'So?'}]}], "
            + TOOLS);

    Prompt.Chat chat = (Prompt.Chat) server.takeRequest().prompts().getFirst();
    assertEquals(
        json(
            "[{'role': 'system', 'content': 'Be brief.'},"
                + " {'role': 'user', 'content': [{'type': 'text', 'text': 'a'},"
                + " {'type': 'text', 'text': 'b'}]},"
                + " {'role': 'assistant', 'content': 'Look.', 'tool_calls': [{'id': 't1', 'type':"
                + " 'function', 'function': {'name': 'now', 'arguments': {'x': 1}}}]},"
                + " {'role': 'tool', 'tool_call_id': 't1', 'content': '5'},"
                + " {'role': 'tool', 'tool_call_id': 't2', 'content': [{'type': 'text',"
                + " 'text': 'Error:'}, {'type': 'text', 'text': 'no'}]},"
                + " {'role': 'user', 'content': 'So?'}]"),
        array(chat.messages()));
    assertTrue(chat.addGenerationPrompt());
  }

  @Test
  void aLastTurnOfTheAssistantIsContinued() throws Exception {
    send(
        PATH,
        "'messages': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Oh'}]");

    Prompt.Chat chat = (Prompt.Chat) server.takeRequest().prompts().getFirst();
    assertTrue(chat.continueFinalMessage());
    assertTrue(!chat.addGenerationPrompt());
  }

  @Test
  void whatIsDrawnAndByWhomIsAsAsked() throws Exception {
    send(
        PATH,
        HI
            + ", 'temperature': 0.5, 'top_p': 0.9, 'top_k': 7, 'stop_sequences': ['x', 'yy'],"
            + " 'thinking': {'type': 'disabled'}, 'metadata': {'user_id': 'u'},"
            + " 'service_tier': 'auto', 'seed': 5, 'adapters': [{'name': 'pirate', 'weight': 0.5}]");

    Generation generation = server.takeRequest();
    assertEquals(0.5f, generation.sampling().temperature());
    assertEquals(7, generation.sampling().topK());
    assertEquals(5, generation.sampling().seed());
    assertEquals(List.of("x", "yy"), generation.ending().stop());
    assertEquals(9, generation.maxNewTokens().orElseThrow());
    assertTrue(generation.target() instanceof Target.Composed);
    Prompt.Chat chat = (Prompt.Chat) generation.prompts().getFirst();
    assertEquals(Map.of("enable_thinking", BooleanNode.FALSE), chat.templateArguments());
  }

  @ParameterizedTest
  @CsvSource({
    "STOP_TOKEN, end_turn, ",
    "LENGTH, max_tokens, ",
    "STOP_STRING, stop_sequence, yy",
  })
  void theReasonOfTheEndIsNamed(FinishReason reason, String named, String stop) throws Exception {
    server.engine.script(_ -> ends(reason, Optional.ofNullable(stop)));

    JsonNode whole = TestServer.json(send(PATH, HI).body());
    JsonNode delta = events(HI).get(5).path("delta");

    assertEquals(named, whole.path("stop_reason").asText());
    assertEquals(named, delta.path("stop_reason").asText());
    for (JsonNode each : List.of(whole, delta)) {
      assertEquals(
          Optional.ofNullable(stop), Optional.ofNullable(each.get("stop_sequence").textValue()));
    }
  }

  @Test
  void aFailureInsideAStreamIsAnErrorEvent() throws Exception {
    server.engine.script(generation ->
        play(
            List.of(
                Scripts.piece(generation, 0, 11, "Hel", false),
                new GenerationEvent.Failed(ErrorCode.EXECUTOR_LOST, "lost"))));

    JsonNode last = events(HI).getLast();

    assertEquals(
        json(
            "{'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'lost',"
                + " 'code': 'executor_lost'}, 'request_id': '0f1e2d3c'}"),
        last);
  }

  @Test
  void anInputThatIsNoObjectIsWrapped() throws Exception {
    server.engine.script(generation ->
        play(
            List.of(
                Scripts.piece(
                    generation,
                    0,
                    11,
                    "<tool_call>{\"name\": \"now\", \"arguments\": {\"a\": tru",
                    false),
                new ChoiceEnded(0, FinishReason.LENGTH, Optional.empty(), 1),
                new Completed(3, 1))));

    JsonNode content = TestServer.json(send(PATH, HI + ", " + TOOLS).body()).path("content");

    JsonNode last = content.get(content.size() - 1);
    boolean wrapped = last.path("input").has("INVALID_JSON");
    boolean text = last.path("text").asText().contains("tru");
    assertTrue(wrapped || text, content.toString());
  }

  @Test
  void tokensAreCounted() throws Exception {
    HttpResponse<String> response =
        server.post(PATH + "/count_tokens", ("{'model': 'tiny', " + HI + "}").replace('\'', '"'));

    assertEquals(200, response.statusCode(), response.body());
    assertEquals("{\"input_tokens\":2}", response.body());
    assertEquals(
        404,
        server
            .post(PATH + "/count_tokens", ("{'model': 'nobody', " + HI + "}").replace('\'', '"'))
            .statusCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'max_tokens': null, 'messages': [{'role': 'user', 'content': 'x'}]|max_tokens",
        "'max_tokens': 0, 'messages': [{'role': 'user', 'content': 'x'}]|max_tokens",
        "'messages': []|messages",
        "'messages': 'x'|messages",
        "'messages': [{'role': 'system', 'content': 'x'}]|messages[0].role",
        "'messages': [{'role': 'user'}]|messages[0].content",
        "'messages': [{'role': 'user', 'content': [{'type': 'image'}]}]|messages[0].content[0].type",
        "'messages': [{'role': 'user', 'content': [{'type': 'text'}]}]|messages[0].content[0].text",
        "'messages': [{'role': 'user', 'content': [{'type': 'tool_use'}]}]|messages[0].content[0].type",
        "'messages': [{'role': 'assistant', 'content': [{'type': 'thinking'}]}]|messages[0].content[0].type",
        "'messages': [{'role': 'assistant', 'content': [{'type': 'tool_use', 'id': 'a', 'name': 'b'}]}]|messages[0].content[0].input",
        "'messages': [{'role': 'user', 'content': [{'type': 'tool_result', 'content': 'b'}]}]|messages[0].content[0].tool_use_id",
        "'messages': [{'role': 'user', 'content': [{'type': 'tool_result', 'tool_use_id': 'a', 'content': [{'type': 'image'}]}]}]|messages[0].content[0].content[0].type",
        "'system': 5|system",
        "'system': [{'type': 'image'}]|system[0].type",
        "'temperature': 1.5|temperature",
        "'temperature': -0.1|temperature",
        "'top_p': 2|top_p",
        "'stop_sequences': 'x'|stop_sequences",
        "'stop_sequences': ['a', '']|stop_sequences[1]",
        "'tools': [{'type': 'web_search_20250305', 'name': 'x'}]|tools[0].type",
        "'tools': [{'name': 'x y', 'input_schema': {}}]|tools[0].name",
        "'tools': [{'name': 'x'}]|tools[0].input_schema",
        "'tools': [{'name': 'x', 'input_schema': {}, 'strict': true}]|tools[0].strict",
        "'tool_choice': {'type': 'any'}|tool_choice.type",
        "'tool_choice': {'type': 'tool', 'name': 'x'}|tool_choice.type",
        "'thinking': {'type': 'enabled', 'budget_tokens': 1024}|thinking.type",
        "'service_tier': 'fast'|service_tier",
        "'container': 'c'|container",
        "'mcp_servers': [{}]|mcp_servers",
        "'output_format': {}|output_format",
        "'n': 2|n",
        "'stop': 'x'|stop",
        "'lora_name': 'pirate'|lora_name",
      })
  void whatIsWrongOrNotThereIsRefusedByName(String fields, String named) throws Exception {
    HttpResponse<String> response =
        send(PATH, fields.contains("'messages'") ? fields : HI + ", " + fields);

    assertEquals(400, response.statusCode(), response.body());
    JsonNode body = TestServer.json(response.body());
    assertEquals("error", body.path("type").asText());
    assertEquals("invalid_request_error", body.at("/error/type").asText());
    assertTrue(body.at("/error/message").asText().startsWith("`" + named + "`"), response.body());
    assertTrue(server.engine.requests().isEmpty());
  }

  @Test
  void stopSequencesMayBeAsManyAsTheLimitAndNoMore() throws Exception {
    assertEquals(200, send(PATH, HI + ", 'stop_sequences': " + stops(16)).statusCode());
    assertEquals(400, send(PATH, HI + ", 'stop_sequences': " + stops(17)).statusCode());
  }

  private static String stops(int count) {
    List<String> stops = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      stops.add("'" + (char) ('a' + i) + "'");
    }
    return stops.toString();
  }

  @Test
  void errorsHaveAnthropicsTypes() throws Exception {
    assertEquals("not_found_error", type(404, send(PATH, "'model': 'nobody', " + HI)));
    assertEquals("invalid_request_error", type(405, server.get(PATH)));
    assertEquals("not_found_error", type(404, server.post(PATH + "/batches", "{}")));
    server.engine.script(_ -> new Script.Reject(ErrorCode.QUEUE_FULL, "full"));
    assertEquals("rate_limit_error", type(429, send(PATH, HI)));
    server.engine.script(_ -> new Script.Reject(ErrorCode.SHUTTING_DOWN, "ends"));
    assertEquals("overloaded_error", type(503, send(PATH, HI)));
    server.engine.script(_ -> new Script.Reject(ErrorCode.INTERNAL, "broken"));
    assertEquals("api_error", type(500, send(PATH, HI)));
  }

  @Test
  void aKeyComesAsAnthropicsClientsSendIt() throws Exception {
    try (TestServer closed =
        TestServer.start(
            Scripts::hello,
            Map.of("access.keys.alice.key", "key-of-alice", "server.body-bytes-max", 300))) {
      String body = body(HI);
      assertEquals("authentication_error", type(401, closed.post(PATH, body)));
      HttpResponse<String> known =
          closed
              .client()
              .send(
                  closed
                      .request(PATH)
                      .header("content-type", "application/json")
                      .header("x-api-key", "key-of-alice")
                      .header("anthropic-version", "2023-06-01")
                      .header("anthropic-beta", "tools-2024-04-04")
                      .POST(java.net.http.HttpRequest.BodyPublishers.ofString(body))
                      .build(),
                  BodyHandlers.ofString());
      assertEquals(200, known.statusCode(), known.body());
      HttpResponse<String> large =
          closed
              .client()
              .send(
                  closed
                      .request(PATH)
                      .header("content-type", "application/json")
                      .header("x-api-key", "key-of-alice")
                      .POST(
                          java.net.http.HttpRequest.BodyPublishers.ofString(body + " ".repeat(400)))
                      .build(),
                  BodyHandlers.ofString());
      assertEquals("request_too_large", type(413, large));
    }
  }

  @Test
  void responsesAreNamedWhereAnthropicsClientsLook() throws Exception {
    for (String path : List.of(PATH, PATH + "/count_tokens", PATH + "/nothing")) {
      HttpResponse<String> response = send(path, "'model': 'nobody', " + HI);

      String id = response.headers().firstValue("request-id").orElseThrow();
      assertEquals(response.headers().firstValue("x-request-id").orElseThrow(), id);
      assertEquals(id, TestServer.json(response.body()).path("request_id").asText());
    }
    assertTrue(send(PATH, HI).headers().firstValue("request-id").isPresent());
    assertTrue(server.get("/v1/models").headers().firstValue("request-id").isEmpty());
  }

  private static String type(int status, HttpResponse<String> response) throws Exception {
    assertEquals(status, response.statusCode(), response.body());
    JsonNode body = TestServer.json(response.body());
    assertEquals(
        response.headers().firstValue("request-id").orElseThrow(),
        body.path("request_id").asText());
    return body.at("/error/type").asText();
  }

  private static Script ends(FinishReason reason, Optional<String> stop) {
    return play(
        List.of(
            new Piece(0, "Hi", List.of(11), List.of()),
            new ChoiceEnded(0, reason, stop, 1),
            new Completed(3, 1)));
  }

  private static Script play(List<GenerationEvent> events) {
    return new Script.Play(
        List.of(new int[] {5, 6, 7}),
        Answer.Sum.BASE,
        events.iterator(),
        CompletableFuture.completedStage(null));
  }

  private static String body(String fields) {
    String model = fields.contains("'model'") ? "" : "'model': 'tiny', ";
    String most = fields.contains("'max_tokens'") ? "" : "'max_tokens': 9, ";
    return ("{" + model + most + fields + "}").replace('\'', '"');
  }

  private HttpResponse<String> send(String path, String fields) throws Exception {
    return server.post(path, body(fields));
  }

  /** The data of all events, each of which has the name of its type. */
  private List<JsonNode> events(String fields) throws Exception {
    String stream = send(PATH, fields + ", 'stream': true").body();
    List<JsonNode> events = new ArrayList<>();
    for (String frame : stream.split("\n\n", -1)) {
      if (frame.isEmpty()) {
        continue;
      }
      int end = frame.indexOf('\n');
      JsonNode data = TestServer.json(frame.substring(end + "\ndata: ".length()));
      assertEquals("event: " + data.path("type").asText(), frame.substring(0, end));
      events.add(data);
    }
    return events;
  }

  /** What a client makes of a stream. */
  private static JsonNode joined(List<JsonNode> events) throws Exception {
    ObjectNode message = JsonNodeFactory.instance.objectNode();
    List<ObjectNode> blocks = new ArrayList<>();
    StringBuilder input = new StringBuilder();
    for (JsonNode event : events) {
      switch (event.path("type").asText()) {
        case "message_start" -> message = event.path("message").deepCopy();
        case "content_block_start" -> {
          assertEquals(blocks.size(), event.path("index").asInt());
          blocks.add(event.path("content_block").deepCopy());
          input.setLength(0);
        }
        case "content_block_delta" -> {
          JsonNode delta = event.path("delta");
          ObjectNode block = blocks.getLast();
          if (delta.path("type").asText().equals("text_delta")) {
            block.put("text", block.path("text").asText() + delta.path("text").asText());
          } else {
            input.append(delta.path("partial_json").asText());
          }
        }
        case "content_block_stop" -> {
          if (!input.isEmpty()) {
            blocks.getLast().set("input", TestServer.json(input.toString()));
          }
        }
        case "message_delta" -> {
          message.setAll((ObjectNode) event.path("delta"));
          message.set("usage", event.path("usage"));
        }
        default -> {}
      }
    }
    message.putArray("content").addAll(blocks);
    return message;
  }

  private static ArrayNode array(List<ObjectNode> nodes) {
    return JsonNodeFactory.instance.arrayNode().addAll(nodes);
  }

  private static JsonNode json(String text) throws Exception {
    return TestServer.json(text.replace('\'', '"'));
  }
}
