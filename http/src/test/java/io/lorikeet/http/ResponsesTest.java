package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.ScriptedEngine.Played;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.engine.error.ErrorCode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /v1/responses} and what lies below it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResponsesTest {
  private static final String PATH = "/v1/responses";
  private static final String HELLO = "Hello \"\ud83e\udd9c\"\n";

  private final AtomicLong nanos = new AtomicLong();
  private TestServer server;

  @BeforeAll
  void start() {
    Map<String, Object> keys =
        Map.of(
            "access.keys.alice.key", "sk-alice-0123456789",
            "access.keys.bob.key", "sk-bob-0123456789",
            "access.keys.carol.key", "sk-carol-0123456789",
            "responses.background-max", 2);
    server = TestServer.start(Scripts::hello, keys, nanos::get);
    server.engine.texts(Scripts::text);
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.engine.script(Scripts::hello);
    server.engine.requests().clear();
    server.engine.played().clear();
  }

  @Test
  void aWholeResponseHasAllFieldsThatClientsRead() throws Exception {
    JsonNode response = create("'input': 'Hi', 'metadata': {'a': 'b'}, 'temperature': 0.5");

    assertTrue(response.path("id").asText().startsWith("resp_"));
    assertEquals("response", response.path("object").asText());
    assertEquals("completed", response.path("status").asText());
    assertEquals(1_750_000_000L, response.path("created_at").asLong());
    assertEquals(1_750_000_000L, response.path("completed_at").asLong());
    assertEquals("tiny", response.path("model").asText());
    assertEquals(0.5, response.path("temperature").asDouble());
    assertEquals(HELLO, response.at("/output/0/content/0/text").asText());
    assertEquals("message", response.at("/output/0/type").asText());
    assertEquals("assistant", response.at("/output/0/role").asText());
    assertTrue(response.at("/output/0/content/0/annotations").isArray());
    assertEquals(3, response.at("/usage/input_tokens").asInt());
    assertEquals(4, response.at("/usage/output_tokens").asInt());
    assertEquals(7, response.at("/usage/total_tokens").asInt());
    assertEquals(0, response.at("/usage/input_tokens_details/cached_tokens").asInt(-1));
    assertEquals(0, response.at("/usage/input_tokens_details/cache_write_tokens").asInt(-1));
    assertEquals(0, response.at("/usage/output_tokens_details/reasoning_tokens").asInt(-1));
    assertEquals("b", response.at("/metadata/a").asText());
    for (String name :
        List.of("error", "incomplete_details", "instructions", "previous_response_id")) {
      assertTrue(response.path(name).isNull(), name);
    }
    for (String name :
        List.of("parallel_tool_calls", "tool_choice", "tools", "top_p", "text", "truncation")) {
      assertTrue(response.has(name), name);
    }
    assertEquals(response, get("/" + id(response)));
  }

  @Test
  void theAnsweringAdapterIsNamed() throws Exception {
    JsonNode response = create("'input': 'Hi', 'model': 'pirate'");

    assertEquals("pirate", response.path("adapter").asText());
    assertEquals("ab12", response.path("adapter_generation").asText());
    assertEquals("pirate", response.path("model").asText());
  }

  @Test
  void aStreamTellsEveryStepInOrderAndEndsWithTheWhole() throws Exception {
    List<JsonNode> events = stream("'input': 'Hi'");

    assertEquals(
        List.of(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed"),
        types(events));
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < events.size(); i++) {
      assertEquals(i, events.get(i).path("sequence_number").asInt(-1));
      text.append(events.get(i).path("delta").asText(""));
    }
    assertEquals(HELLO, text.toString());
    assertEquals(HELLO, event(events, "response.output_text.done").path("text").asText());
    JsonNode last = events.getLast().path("response");
    assertEquals(HELLO, last.at("/output/0/content/0/text").asText());
    assertEquals(
        last.path("output").get(0), event(events, "response.output_item.done").path("item"));
    assertEquals(id(events.getFirst().path("response")), id(last));
    assertEquals(last, get("/" + id(last)));
  }

  @Test
  void logProbabilitiesComeWithTheDeltasAndWithTheWhole() throws Exception {
    String fields = "'input': 'Hi', 'include': ['message.output_text.logprobs'], 'top_logprobs': 1";

    List<JsonNode> events = stream(fields);

    JsonNode all = event(events, "response.output_text.done").path("logprobs");
    List<JsonNode> told = new ArrayList<>();
    events.forEach(event -> {
      if (event.path("type").asText().equals("response.output_text.delta")) {
        event.path("logprobs").forEach(told::add);
      }
    });
    assertEquals(4, all.size());
    assertEquals(told, list(all));
    assertEquals("Hel", all.at("/0/token").asText());
    assertEquals(-0.5, all.at("/0/logprob").asDouble());
    assertEquals(1, all.at("/0/top_logprobs").size());
    assertEquals(all, create(fields).at("/output/0/content/0/logprobs"));
  }

  @Test
  void callsOfFunctionsAreItemsOfTheirOwn() throws Exception {
    String tools =
        "'input': 'Hi', 'tools': [{'type': 'function', 'name': 'look', 'parameters': {'type':"
            + " 'object'}}]";
    server.engine.script(_ ->
        play(
            piece("Let me see. "),
            piece("<tool_call>\n{\"name\": \"look\", \"arguments\": {\"at\": \"sea\"}}\n"),
            piece("</tool_call>"),
            ended(FinishReason.STOP_TOKEN),
            new Completed(3, 9)));

    List<JsonNode> events = stream(tools);

    JsonNode output = events.getLast().at("/response/output");
    assertEquals("function_call", output.at("/1/type").asText(), output.toString());
    assertEquals("look", output.at("/1/name").asText());
    assertEquals("sea", TestServer.json(output.at("/1/arguments").asText()).path("at").asText());
    StringBuilder arguments = new StringBuilder();
    events.forEach(event -> {
      if (event.path("type").asText().equals("response.function_call_arguments.delta")) {
        arguments.append(event.path("delta").asText());
      }
    });
    assertEquals(output.at("/1/arguments").asText(), arguments.toString());
    assertEquals("response.completed", events.getLast().path("type").asText());
    assertEquals(output.get(1), events.get(events.size() - 2).path("item"));

    JsonNode next =
        create(
            "'previous_response_id': '%s', 'input': [{'type': 'function_call_output', 'call_id':"
                    .formatted(id(events.getLast().path("response")))
                + " '%s', 'output': 'a ship'}]".formatted(output.at("/1/call_id").asText()));
    assertEquals("completed", next.path("status").asText());
    server.takeRequest();
    Prompt.Chat chat = (Prompt.Chat) server.takeRequest().prompts().getFirst();
    assertEquals("look", chat.messages().get(1).at("/tool_calls/0/function/name").asText());
    assertEquals("a ship", chat.messages().get(2).path("content").asText());
  }

  @Test
  void anAnswerThatWasCutIsIncomplete() throws Exception {
    server.engine.script(_ -> play(piece("Hel"), ended(FinishReason.LENGTH), new Completed(3, 1)));

    List<JsonNode> events = stream("'input': 'Hi', 'max_output_tokens': 1");

    JsonNode last = events.getLast();
    assertEquals("response.incomplete", last.path("type").asText());
    assertEquals("incomplete", last.at("/response/status").asText());
    assertEquals("max_output_tokens", last.at("/response/incomplete_details/reason").asText());
    assertEquals("incomplete", last.at("/response/output/0/status").asText());
    assertEquals(1, server.takeRequest().maxNewTokens().orElseThrow());
  }

  @Test
  void aFailureInAStreamEndsItAndIsAStatusWithoutOne() throws Exception {
    server.engine.script(
        _ -> play(piece("Hel"), new Failed(ErrorCode.DEADLINE_EXCEEDED, "too late")));

    List<JsonNode> events = stream("'input': 'Hi'");
    HttpResponse<String> whole = post("'input': 'Hi'");

    JsonNode last = events.getLast();
    assertEquals("response.failed", last.path("type").asText());
    assertEquals("server_error", last.at("/response/error/code").asText());
    assertEquals("deadline_exceeded", last.at("/response/error/reason").asText());
    assertEquals("too late", last.at("/response/error/message").asText());
    assertEquals("Hel", last.at("/response/output/0/content/0/text").asText());
    assertEquals(504, whole.statusCode());
    HttpResponse<String> next =
        post("'input': 'Hi', 'previous_response_id': '%s'".formatted(id(last.path("response"))));
    assertEquals(400, next.statusCode());
    assertTrue(next.body().contains("did not fail"), next.body());
  }

  @Test
  void aResponseIsContinuedAndForkedWithAllThatWasSaid() throws Exception {
    JsonNode first = create("'input': 'one', 'instructions': 'old'");
    String after = "'previous_response_id': '%s'".formatted(id(first));
    JsonNode second = create(after + ", 'input': 'two', 'instructions': 'new'");
    create(after + ", 'input': 'fork'");
    create("'previous_response_id': '%s', 'input': 'three'".formatted(id(second)));

    assertEquals(List.of("old", "one"), contents());
    assertEquals(List.of("new", "one", HELLO, "two"), contents());
    assertEquals(List.of("one", HELLO, "fork"), contents());
    assertEquals(List.of("one", HELLO, "two", HELLO, "three"), contents());
    assertEquals(id(first), second.path("previous_response_id").asText());
  }

  @Test
  void anItemMayBeReferredTo() throws Exception {
    JsonNode first = create("'input': 'one'");
    String item = first.at("/output/0/id").asText();

    create(
        "'input': [{'type': 'item_reference', 'id': '%s'}, {'role': 'user', 'content': 'x'}]"
            .formatted(item));

    contents();
    assertEquals(List.of(HELLO, "x"), contents());
  }

  @Test
  void whatIsNotToBeStoredIsNot() throws Exception {
    JsonNode response = create("'input': 'Hi', 'store': false");

    assertEquals(404, send("GET", "/" + id(response), "alice").statusCode());
    assertFalse(response.path("store").asBoolean(true));
  }

  @Test
  void aStoredResponseGoesWhenItsTimeIsOver() throws Exception {
    JsonNode response = create("'input': 'Hi'");
    long hour = 3_600_000_000_000L;

    nanos.addAndGet(hour - 1);
    assertEquals(200, send("GET", "/" + id(response), "alice").statusCode());
    nanos.addAndGet(1);
    HttpResponse<String> gone = send("GET", "/" + id(response), "alice");

    assertEquals(404, gone.statusCode());
    assertEquals("response_not_found", TestServer.json(gone.body()).at("/error/code").asText());
    HttpResponse<String> next =
        post("'input': 'Hi', 'previous_response_id': '%s'".formatted(id(response)));
    assertEquals(400, next.statusCode());
    JsonNode error = TestServer.json(next.body()).path("error");
    assertEquals("previous_response_not_found", error.path("code").asText());
    assertEquals("previous_response_id", error.path("param").asText());
  }

  @Test
  void othersResponsesAreAsIfTheyWereNotThere() throws Exception {
    JsonNode response = create("'input': 'secret'");
    String id = id(response);

    for (String call :
        List.of(
            "GET /" + id,
            "DELETE /" + id,
            "POST /" + id + "/cancel",
            "GET /" + id + "/input_items")) {
      String[] parts = call.split(" ", 2);
      HttpResponse<String> others = send(parts[0], parts[1], "bob");
      HttpResponse<String> nobodys = send(parts[0], parts[1].replace(id, "resp_none"), "bob");

      assertEquals(404, others.statusCode(), call);
      assertEquals(nobodys.body().replace("resp_none", id), others.body(), call);
    }
    HttpResponse<String> next =
        post("bob", "'input': 'Hi', 'previous_response_id': '%s'".formatted(id));
    HttpResponse<String> item =
        post("bob", "'input': [{'id': '%s'}]".formatted(response.at("/output/0/id").asText()));
    assertEquals(400, next.statusCode());
    assertEquals(400, item.statusCode());
    assertEquals(200, send("GET", "/" + id, "alice").statusCode());
  }

  @Test
  void aDeletedResponseIsGone() throws Exception {
    String id = id(create("'input': 'Hi'"));

    HttpResponse<String> deleted = send("DELETE", "/" + id, "alice");

    assertEquals(
        TestServer.json(
            "{\"id\": \"%s\", \"object\": \"response\", \"deleted\": true}".formatted(id)),
        TestServer.json(deleted.body()));
    assertEquals(404, send("GET", "/" + id, "alice").statusCode());
    assertEquals(404, send("DELETE", "/" + id, "alice").statusCode());
  }

  @Test
  void aStreamIsCancelledWhileItRuns() throws Exception {
    server.engine.script(_ -> endless());
    HttpResponse<Stream<String>> open =
        server
            .client()
            .send(request("alice", "'input': 'Hi', 'stream': true"), BodyHandlers.ofLines());
    Iterator<String> lines = open.body().iterator();
    String id = "";
    String last = "";
    while (!last.contains("output_text.delta")) {
      last = lines.next();
      if (last.startsWith("data: ") && id.isEmpty()) {
        id = id(TestServer.json(last.substring(6)).path("response"));
      }
    }

    assertEquals("in_progress", get("/" + id).path("status").asText());
    assertEquals(400, send("DELETE", "/" + id, "alice").statusCode());
    assertEquals(404, send("POST", "/" + id + "/cancel", "bob").statusCode());
    JsonNode cancelled = TestServer.json(send("POST", "/" + id + "/cancel", "alice").body());

    assertEquals("cancelled", cancelled.path("status").asText());
    while (lines.hasNext()) {
      String line = lines.next();
      last = line.isEmpty() ? last : line;
    }
    JsonNode end = TestServer.json(last.substring(6));
    assertEquals("response.incomplete", end.path("type").asText());
    assertEquals(cancelled, end.path("response"));
    assertEquals("incomplete", end.at("/response/output/0/status").asText());
    assertFalse(TestServer.await(server.takePlayed().finished()));
    assertEquals(cancelled, get("/" + id));
  }

  @Test
  void aResponseThatEndedBeforeItsClientIsNotCancelled() throws Exception {
    String id = id(create("'input': 'Hi'"));

    HttpResponse<String> answer = send("POST", "/" + id + "/cancel", "alice");

    assertEquals(400, answer.statusCode());
    assertTrue(answer.body().contains("has ended"), answer.body());
  }

  @Test
  void aClientThatGoesAwayCancelsItsResponse() throws Exception {
    for (String stream : List.of("true", "false")) {
      server.engine.script(_ -> endless());
      CompletableFuture<HttpResponse<String>> open =
          server
              .client()
              .sendAsync(
                  request("alice", "'input': 'Hi', 'stream': " + stream), BodyHandlers.ofString());
      Played played = server.takePlayed();

      open.cancel(true);

      assertFalse(TestServer.await(played.finished()), stream);
    }
  }

  @Test
  void aResponseInTheBackgroundIsPolled() throws Exception {
    CompletableFuture<Void> start = new CompletableFuture<>();
    server.engine.script(_ -> play(start, piece("Hi"), ended(FinishReason.STOP_TOKEN), done()));

    JsonNode response = create("'input': 'Hi', 'background': true");

    String id = id(response);
    assertEquals("queued", response.path("status").asText());
    assertTrue(response.path("background").asBoolean());
    assertEquals("queued", get("/" + id).path("status").asText());
    assertEquals(1, get("/" + id + "/input_items").path("data").size());
    assertEquals(
        400, post("'input': 'Hi', 'previous_response_id': '%s'".formatted(id)).statusCode());
    start.complete(null);
    Played played = server.takePlayed();
    assertTrue(TestServer.await(played.finished()));
    JsonNode ended = untilEnded(id);
    assertEquals("completed", ended.path("status").asText());
    assertEquals("Hi", ended.at("/output/0/content/0/text").asText());
    JsonNode cancelled = TestServer.json(send("POST", "/" + id + "/cancel", "alice").body());
    assertEquals(ended, cancelled);
  }

  @Test
  void asManyRunInTheBackgroundAsMayAndOneMoreIsRefused() throws Exception {
    server.engine.script(_ -> play(new CompletableFuture<>(), done()));
    String fields = "'input': 'Hi', 'background': true";
    String first = id(TestServer.json(post("carol", fields).body()));
    String second = id(TestServer.json(post("carol", fields).body()));

    HttpResponse<String> third = post("carol", fields);
    HttpResponse<String> others = post("bob", fields);

    assertEquals(429, third.statusCode());
    assertEquals(200, others.statusCode());
    for (String id : List.of(first, second)) {
      JsonNode cancelled = TestServer.json(send("POST", "/" + id + "/cancel", "carol").body());
      assertEquals("cancelled", cancelled.path("status").asText());
      assertFalse(TestServer.await(server.takePlayed().finished()));
      assertEquals(cancelled, TestServer.json(send("GET", "/" + id, "carol").body()));
    }
    send("POST", "/" + id(TestServer.json(others.body())) + "/cancel", "bob");
  }

  @Test
  void inputItemsComePageByPageFromEitherEnd() throws Exception {
    String first = id(create("'input': 'one'"));
    String id =
        id(
            create(
                "'previous_response_id': '%s', 'input': [{'role': 'user', 'content': 'two'},"
                        .formatted(first)
                    + " {'role': 'user', 'content': 'three'}]"));
    String items = "/" + id + "/input_items";

    JsonNode all = get(items);
    JsonNode page = get(items + "?order=asc&limit=2");
    JsonNode rest = get(items + "?order=asc&limit=2&after=" + page.path("last_id").asText());

    assertEquals(List.of("three", "two", HELLO, "one"), texts(all));
    assertFalse(all.path("has_more").asBoolean(true));
    assertEquals("list", all.path("object").asText());
    assertEquals(List.of("one", HELLO), texts(page));
    assertTrue(page.path("has_more").asBoolean());
    assertEquals(List.of("two", "three"), texts(rest));
    assertEquals(rest.at("/data/1/id"), rest.path("last_id"));
  }

  @ParameterizedTest
  @CsvSource({
    "/resp_none/input_items?limit=0, 400, limit",
    "/resp_none/input_items?limit=101, 400, limit",
    "/resp_none/input_items?limit=x, 400, limit",
    "/resp_none/input_items?order=up, 400, order",
    "/resp_none/input_items?before=x, 400, before",
    "/resp_none/input_items?limit=100, 404, ''",
    "/resp_none?stream=true, 400, stream",
    "/resp_none?starting_after=4, 400, starting_after",
    "/resp_none?stream=false, 404, ''",
    "/none, 404, ''",
    "/resp_none/other, 404, ''",
    "/compact, 404, ''",
  })
  void whatIsNotThereIsSaid(String path, int status, String param) throws Exception {
    HttpResponse<String> answer = send("GET", path, "alice");

    assertEquals(status, answer.statusCode(), answer.body());
    assertEquals(param, TestServer.json(answer.body()).at("/error/param").asText(""));
  }

  @Test
  void inputTokensAreCountedWithoutAnAnswer() throws Exception {
    String first = id(create("'input': 'one'"));
    server.engine.requests().clear();

    HttpResponse<String> counted =
        post(
            "alice",
            PATH + "/input_tokens",
            "{'input': 'two', 'previous_response_id': '%s'}".formatted(first));
    HttpResponse<String> unknown =
        post("alice", PATH + "/input_tokens", "{'model': 'nobody', 'input': 'two'}");

    assertEquals(
        TestServer.json("{\"object\": \"response.input_tokens\", \"input_tokens\": 2}"),
        TestServer.json(counted.body()));
    assertEquals(404, unknown.statusCode());
    for (String name : List.of("personality", "truncate_prompt_tokens")) {
      HttpResponse<String> refused =
          post("alice", PATH + "/input_tokens", "{'input': 'two', '%s': 1}".formatted(name));
      assertEquals(name, TestServer.json(refused.body()).at("/error/param").asText());
    }
    assertTrue(server.engine.requests().isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'input': 'Hi', 'model': 'nobody'|404|model_not_found|",
        "'input': 'Hi', 'temperature': 3|400|parameter_out_of_range|temperature",
        "'input': 'Hi', 'max_output_tokens': 0|400|parameter_out_of_range|max_output_tokens",
        "'input': 'Hi', 'lora_adapter': 'x'|400|parameter_unsupported|lora_adapter",
        "'input': 'Hi', 'tools': [{'type': 'function'}]|400|request_invalid|tools[0].name",
        "'input': 'Hi', 'tool_choice': 'required', 'tools': [{'type': 'function',"
            + " 'name': 'f'}]|400|parameter_unsupported|tool_choice",
        "'input': 3|400|request_invalid|input",
        "'input': '\\ud800'|400|request_invalid|",
        "'input': 'Hi', 'metadata': {'a': '\\ud800'}|400|request_invalid|",
      })
  void refusalsKeepTheirStatusStreamedOrNot(
      String fields, int status, String code, @Nullable String param) throws Exception {
    for (String stream : List.of("true", "false")) {
      HttpResponse<String> answer = post(fields + ", 'stream': " + stream);

      assertEquals(status, answer.statusCode(), answer.body());
      JsonNode error = TestServer.json(answer.body()).path("error");
      assertEquals(code, error.path("code").asText(), answer.body());
      assertEquals(Optional.ofNullable(param).orElse(""), error.path("param").asText(""));
    }
  }

  private JsonNode create(String fields) throws Exception {
    HttpResponse<String> response = post(fields);
    assertEquals(200, response.statusCode(), response.body());
    return TestServer.json(response.body());
  }

  private HttpResponse<String> post(String fields) throws Exception {
    return post("alice", fields);
  }

  private HttpResponse<String> post(String who, String fields) throws Exception {
    return server.client().send(request(who, fields), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String who, String path, String body) throws Exception {
    return server.client().send(request(who, path, body), BodyHandlers.ofString());
  }

  private HttpRequest request(String who, String fields) {
    String model = fields.contains("'model'") ? "" : "'model': 'tiny', ";
    return request(who, PATH, "{" + model + fields + "}");
  }

  private HttpRequest request(String who, String path, String body) {
    return server
        .request(path)
        .header("content-type", "application/json")
        .header("authorization", "Bearer sk-" + who + "-0123456789")
        .POST(BodyPublishers.ofString(body.replace('\'', '"')))
        .build();
  }

  private HttpResponse<String> send(String method, String below, String who) throws Exception {
    return server
        .client()
        .send(
            server
                .request(PATH + below)
                .header("authorization", "Bearer sk-" + who + "-0123456789")
                .method(method, BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString());
  }

  private JsonNode get(String below) throws Exception {
    HttpResponse<String> response = send("GET", below, "alice");
    assertEquals(200, response.statusCode(), response.body());
    return TestServer.json(response.body());
  }

  private JsonNode untilEnded(String id) throws Exception {
    long deadline = System.nanoTime() + TestServer.LONG.toNanos();
    JsonNode response = get("/" + id);
    while (List.of("queued", "in_progress").contains(response.path("status").asText())) {
      assertTrue(System.nanoTime() < deadline, "the response does not end");
      response = get("/" + id);
    }
    return response;
  }

  private List<JsonNode> stream(String fields) throws Exception {
    HttpResponse<String> response = post(fields + ", 'stream': true");
    assertEquals(200, response.statusCode(), response.body());
    assertEquals("text/event-stream", response.headers().firstValue("content-type").orElse(""));
    List<JsonNode> events = new ArrayList<>();
    for (String frame : response.body().strip().split("\n\n", -1)) {
      String[] lines = frame.split("\n", -1);
      assertEquals(2, lines.length, frame);
      JsonNode event = TestServer.json(lines[1].substring("data: ".length()));
      assertEquals("event: " + event.path("type").asText(), lines[0]);
      events.add(event);
    }
    return events;
  }

  private List<String> contents() throws InterruptedException {
    Prompt.Chat chat = (Prompt.Chat) server.takeRequest().prompts().getFirst();
    return chat.messages().stream().map(message -> message.path("content").asText()).toList();
  }

  private static List<String> texts(JsonNode page) {
    List<String> texts = new ArrayList<>();
    page.path("data").forEach(item -> texts.add(item.at("/content/0/text").asText()));
    return texts;
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> list = new ArrayList<>();
    array.forEach(list::add);
    return list;
  }

  private static List<String> types(List<JsonNode> events) {
    return events.stream().map(event -> event.path("type").asText()).toList();
  }

  private static JsonNode event(List<JsonNode> events, String type) {
    Map<String, JsonNode> byType = new HashMap<>();
    events.forEach(event -> byType.put(event.path("type").asText(), event));
    return byType.getOrDefault(type, MissingNode.getInstance());
  }

  private static String id(JsonNode response) {
    return response.path("id").asText();
  }

  private static Piece piece(String text) {
    return new Piece(0, text, List.of(7), List.of());
  }

  private static ChoiceEnded ended(FinishReason reason) {
    return new ChoiceEnded(0, reason, Optional.empty(), 1);
  }

  private static Completed done() {
    return new Completed(3, 1);
  }

  private static Script play(GenerationEvent... events) {
    return Script.events(events);
  }

  private static Script play(CompletableFuture<Void> start, GenerationEvent... events) {
    return new Script.Play(
        List.of(new int[] {1}), Answer.Sum.BASE, List.of(events).iterator(), start);
  }

  private static Script endless() {
    return new Script.Play(
        List.of(new int[] {1}),
        Answer.Sum.BASE,
        Stream.<GenerationEvent>generate(() -> piece("word ")).iterator(),
        CompletableFuture.completedStage(null));
  }
}
