package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.actors.TextResult;
import io.lorikeet.engine.error.ErrorCode;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is too much for the engine, said in LoRAX's words. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoraxLengthTest {
  private static final TextResult.Token TOKEN =
      new TextResult.Token(6, "a", new byte[] {'a'}, "a", 0, 1);

  private TestServer server;

  @BeforeAll
  void start() {
    server =
        TestServer.start(
            _ -> new Script.Reject(ErrorCode.CONTEXT_LENGTH_EXCEEDED, "ours"),
            Map.of("requests.prompt-tokens-max", 40));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "41|{}|`inputs` must have less than 40 tokens. Given: 41",
        "41|{\"max_new_tokens\": 23}|`inputs` must have less than 40 tokens. Given: 41",
        "41|{\"max_new_tokens\": 24}|`inputs` tokens + `max_new_tokens` must be <= 64."
            + " Given: 41 `inputs` tokens and 24 `max_new_tokens`",
        "50|{\"truncate\": 40, \"max_new_tokens\": 25}"
            + "|`inputs` tokens + `max_new_tokens` must be <= 64."
            + " Given: 40 `inputs` tokens and 25 `max_new_tokens`",
        // What none of the rules explains stays as it is.
        "40|{\"max_new_tokens\": 24}|ours",
      })
  void aRequestThatIsTooLong(int tokens, String parameters, String words) throws Exception {
    server.engine.texts(_ -> new TextResult.Tokens(Collections.nCopies(tokens, TOKEN)));

    assertWords(words, parameters);
  }

  @Test
  void inputsThatAreTooLongToBeCounted() throws Exception {
    server.engine.texts(
        _ -> new TextResult.Rejected(ErrorCode.CONTEXT_LENGTH_EXCEEDED, "too many bytes"));

    assertWords("ours", "{}");
  }

  private void assertWords(String words, String parameters) throws Exception {
    String body = "{\"inputs\": \"a\", \"parameters\": " + parameters + "}";
    var response = server.post("/generate", body);
    JsonNode error = TestServer.json(response.body());
    String event = server.post("/generate_stream", body).body();

    assertEquals(422, response.statusCode());
    assertEquals("Input validation error: " + words, error.path("error").asText());
    assertEquals("validation", error.path("error_type").asText());
    assertEquals("data:" + response.body() + "\n\n", event);
  }

  @Test
  void aModelThatIsOverloaded() throws Exception {
    try (TestServer full =
        TestServer.start(_ -> new Script.Reject(ErrorCode.QUEUE_FULL, "1024 wait"))) {
      var response = full.post("/generate", "{\"inputs\": \"a\"}");

      assertEquals(429, response.statusCode());
      JsonNode error = TestServer.json(response.body());
      assertEquals("Model is overloaded: 1024 wait", error.path("error").asText());
      assertEquals("overloaded", error.path("error_type").asText());
    }
  }
}
