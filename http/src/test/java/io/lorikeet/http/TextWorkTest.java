package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.TextResult;
import io.lorikeet.actors.TextTask;
import io.lorikeet.engine.error.ErrorCode;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Routes that work on text: what they ask the engine for, and what they refuse. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TextWorkTest {
  private static final String CHAT = "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]";

  private final BlockingQueue<TextTask> tasks = new LinkedBlockingQueue<>();
  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello, Map.of("server.body-bytes-max", 1000));
  }

  @BeforeEach
  void record() {
    tasks.clear();
    server.engine.texts(task -> {
      tasks.add(task);
      return Scripts.text(task);
    });
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'inputs': 'Hi'|true",
        "'inputs': 'Hi', 'add_special_tokens': false|false",
        "'prompt': 'Hi'|true",
        "'prompt': 'Hi', 'add_special_tokens': false|false",
        "'content': 'Hi'|false",
        "'content': 'Hi', 'add_special': true|true",
      },
      quoteCharacter = '^')
  void everyFormHasItsOwnDefaultForSpecialTokens(String fields, boolean special) throws Exception {
    assertEquals(200, post("/tokenize", fields).statusCode());

    assertEquals(List.of(new TextTask.Encode("Hi", special)), List.copyOf(tasks));
  }

  @Test
  void aChatIsTokenizedWithoutFurtherSpecialTokens() throws Exception {
    assertEquals(200, server.post("/tokenize", "{" + CHAT + "}").statusCode());
    assertEquals(
        200,
        server
            .post(
                "/tokenize",
                "{"
                    + CHAT
                    + ", \"add_generation_prompt\": false, \"add_special_tokens\": true,"
                    + " \"chat_template_kwargs\": {\"a\": 1}}")
            .statusCode());

    TextTask.EncodeChat usual = (TextTask.EncodeChat) tasks.take();
    assertEquals(false, usual.addSpecialTokens());
    assertEquals(true, usual.chat().addGenerationPrompt());
    TextTask.EncodeChat other = (TextTask.EncodeChat) tasks.take();
    assertEquals(true, other.addSpecialTokens());
    Prompt.Chat chat = other.chat();
    assertEquals(false, chat.addGenerationPrompt());
    assertEquals(Map.of("a", IntNode.valueOf(1)), chat.templateArguments());
    assertEquals(Optional.empty(), chat.tools());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/tokenize|'model': 'tiny'|request_invalid|inputs",
        "/tokenize|'inputs': 'Hi', 'prompt': 'Hi'|request_invalid|exactly one",
        "/tokenize|'inputs': 1|request_invalid|inputs",
        "/tokenize|'inputs': 'Hi', 'with_pieces': true|parameter_unsupported|with_pieces",
        "/tokenize|'inputs': 'Hi', 'adapter_id': 'pirate'|parameter_unsupported|adapter_id",
        "/tokenize|'prompt': ['Hi']|request_invalid|prompt",
        "/tokenize|'prompt': 'Hi', 'add_special': true|parameter_unsupported|add_special",
        "/tokenize|'messages': []|parameter_out_of_range|messages",
        "/tokenize|'messages': [{'role': 'user'}], 'tools': [1]|request_invalid|tools[0]",
        "/apply-template|'messages': [{'role': 'user'}], 'tools': 1|request_invalid|tools",
        "/tokenize|'messages': [1], 'chat_template': 'x'|parameter_unsupported|chat_template",
        "/tokenize|'content': 'Hi', 'parse_special': false|parameter_unsupported|parse_special",
        "/tokenize|'content': 'Hi', 'add_special_tokens': 1|parameter_unsupported|add_special_tok",
        "/detokenize|'model': 'tiny'|request_invalid|tokens",
        "/detokenize|'tokens': 'Hi'|request_invalid|tokens",
        "/detokenize|'tokens': [1, 'Hi']|request_invalid|tokens[1]",
        "/detokenize|'tokens': [4294967296]|parameter_out_of_range|tokens[0]",
        "/detokenize|'tokens': [1], 'skip': true|parameter_unsupported|skip",
        "/apply-template|'messages': 'Hi'|request_invalid|messages",
        "/apply-template|'inputs': 'Hi'|parameter_unsupported|inputs",
      },
      quoteCharacter = '^')
  void whatWouldBeIgnoredIsRefusedByName(String path, String fields, String code, String name)
      throws Exception {
    HttpResponse<String> response = post(path, fields);

    JsonNode body = TestServer.json(response.body());
    assertEquals(422, response.statusCode(), response.body());
    assertEquals(code, body.path("code").asText(), response.body());
    assertTrue(body.path("error").asText().contains(name), response.body());
    assertEquals(0, tasks.size());
  }

  @ParameterizedTest
  @CsvSource({
    "TOKENIZER_MISSING, 404",
    "CHAT_TEMPLATE_MISSING, 404",
    "CHAT_TEMPLATE_FAILED, 422",
    "CONTEXT_LENGTH_EXCEEDED, 422",
    "QUEUE_FULL, 429",
    "SHUTTING_DOWN, 503",
  })
  void theEnginesRefusalsKeepTheirCodes(ErrorCode code, int status) throws Exception {
    server.engine.texts(_ -> new TextResult.Rejected(code, "because"));

    for (String path : List.of("/tokenize", "/apply-template")) {
      HttpResponse<String> response = server.post(path, "{" + CHAT + "}");
      assertEquals(status, response.statusCode(), response.body());
      assertEquals(code.wire(), TestServer.json(response.body()).path("code").asText());
    }
  }

  @Test
  void aBodyBeyondTheLimitIsRefused() throws Exception {
    HttpResponse<String> response = post("/tokenize", "'inputs': '" + "x".repeat(1000) + "'");

    assertEquals(413, response.statusCode());
    assertEquals(0, tasks.size());
  }

  private HttpResponse<String> post(String path, String fields) throws Exception {
    return server.post(path, "{" + fields.replace('\'', '"') + "}");
  }
}
