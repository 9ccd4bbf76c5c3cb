package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Client.Reply;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * A server that was started as LoRAX's launcher is: its flags limit, and its routes answer in its
 * words. The cases of LoRAX's own client and router tests are among these.
 */
class ServeLoraxTest {
  private static final Path DEMO = Path.of(System.getProperty("lorikeet.root"), "models", "demo");
  private static final int INPUT_MAX = 40;
  private static final int TOTAL_MAX = 60;
  private static final int STOPS_MAX = 2;
  private static final int CONCURRENT_MAX = 20;

  private static RunningServer server;
  private static Client client;

  @BeforeAll
  static void start() {
    ServeCommand serve = new ServeCommand();
    new CommandLine(serve)
        .parseArgs(
            "-p",
            "0",
            "--hostname=127.0.0.1",
            "--max-input-length",
            "" + INPUT_MAX,
            "--max-total-tokens",
            "" + TOTAL_MAX,
            "--max-best-of=2",
            "--max-stop-sequences=" + STOPS_MAX,
            "--max-concurrent-requests=" + CONCURRENT_MAX,
            "--max-batch-total-tokens=4096",
            "--preloaded-adapter-ids=pirate");
    server =
        RunningServer.start(
            new ServedFolder(DEMO, new AdapterPlaces(List.of(DEMO.resolve("adapters")), Map.of())),
            Optional.empty(),
            serve.settings(Map.of()),
            List.of("pirate"));
    client = new Client(server.url());
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  @Test
  void aPreloadedAdapterIsThereBeforeItIsAskedFor() {
    JsonNode adapters = client.get("/v1/lora_adapters").body().path("data");

    for (JsonNode adapter : adapters) {
      boolean loaded = !adapter.path("generation").isNull();
      assertTrue(loaded || !adapter.path("name").asText().equals("pirate"), adapter.toString());
    }
  }

  @Test
  void limitsAreShown() {
    JsonNode info = client.get("/info").body();

    assertEquals(INPUT_MAX, info.path("max_input_length").asInt());
    assertEquals(TOTAL_MAX, info.path("max_total_tokens").asInt());
    assertEquals(2, info.path("max_best_of").asInt());
    assertEquals(STOPS_MAX, info.path("max_stop_sequences").asInt());
    assertEquals(CONCURRENT_MAX, info.path("max_concurrent_requests").asInt());
    assertEquals(4096, info.at("/executor/kv_blocks").asInt() * 16);
  }

  @Test
  void oneTokenWithTheDetailsOfThePrompt() {
    JsonNode details =
        generate(
                "test", "\"max_new_tokens\": 1, \"details\": true, \"decoder_input_details\": true")
            .body()
            .path("details");

    assertEquals("length", details.path("finish_reason").asText());
    assertEquals(1, details.path("generated_tokens").asInt());
    assertTrue(details.path("seed").isNull(), details.toString());
    assertEquals(1, details.path("tokens").size());
    assertFalse(details.path("prefill").isEmpty());
    assertTrue(details.at("/prefill/0/logprob").isNull(), details.toString());
  }

  @Test
  void theBestOfTwoComesWithTheOther() {
    JsonNode details =
        generate(
                "test",
                "\"best_of\": 2, \"do_sample\": true, \"max_new_tokens\": 1, \"details\": true,"
                    + " \"decoder_input_details\": true")
            .body()
            .path("details");

    assertTrue(details.path("seed").isNumber(), details.toString());
    assertEquals(1, details.path("best_of_sequences").size());
    assertTrue(details.at("/best_of_sequences/0/seed").isNumber(), details.toString());
  }

  @Test
  void aStreamOfOneTokenIsOneEvent() {
    List<JsonNode> events = stream("test", "\"max_new_tokens\": 1, \"details\": true");

    assertEquals(1, events.size());
    JsonNode details = events.getFirst().path("details");
    assertEquals("length", details.path("finish_reason").asText());
    assertEquals(1, details.path("generated_tokens").asInt());
    assertTrue(details.path("seed").isNull(), details.toString());
  }

  @ParameterizedTest
  @CsvSource({"/generate_not_there, 404", "/generate/stream, 404"})
  void anUnknownPathIsNotFound(String path, int status) {
    assertEquals(status, client.postText(path, "{\"inputs\": \"test\"}").status());
  }

  @Test
  void tooManyNewTokensAreRefusedInLoraxsWords() {
    int inputs = tokens("test");
    int room = TOTAL_MAX - inputs;
    Reply refused = generate("test", "\"max_new_tokens\": 10000");

    assertEquals(200, generate("test", "\"max_new_tokens\": " + room).status());
    assertValidation(
        ("`inputs` tokens + `max_new_tokens` must be <= %d."
                + " Given: %d `inputs` tokens and 10000 `max_new_tokens`")
            .formatted(TOTAL_MAX, inputs),
        refused.body());
    assertEquals(422, refused.status());
    assertEquals(422, generate("test", "\"max_new_tokens\": " + (room + 1)).status());
  }

  @Test
  void aLongPromptIsRefusedInLoraxsWordsAndTruncatedWhereThatIsAskedFor() {
    String most = ofTokens(INPUT_MAX);
    String more = ofTokens(INPUT_MAX + 1);
    String words =
        "`inputs` must have less than %d tokens. Given: %d".formatted(INPUT_MAX, INPUT_MAX + 1);

    assertEquals(200, generate(most, "\"max_new_tokens\": 1").status());
    assertValidation(words, generate(more, "\"max_new_tokens\": 1").body());
    assertValidation(words, generate(more, "").body());
    assertValidation(words, stream(more, "\"max_new_tokens\": 1").getFirst());
    assertEquals(
        200, generate(more, "\"truncate\": " + INPUT_MAX + ", \"max_new_tokens\": 1").status());
    // The sum is looked at first.
    assertTrue(
        generate(more, "\"max_new_tokens\": 20").body().path("error").asText().contains("<= 60"));
  }

  @Test
  void openAisRoutesHoldTheSameLimitsInTheirOwnWords() {
    ObjectNode request = Client.JSON.createObjectNode().put("model", "demo").put("max_tokens", 1);
    Reply served = client.post("/v1/completions", request.put("prompt", ofTokens(INPUT_MAX)));
    Reply refused = client.post("/v1/completions", request.put("prompt", ofTokens(INPUT_MAX + 1)));

    assertEquals(200, served.status(), served.toString());
    assertEquals(400, refused.status());
    assertEquals("context_length_exceeded", refused.code());
  }

  @Test
  void countsAreHeldInLoraxsWords() {
    assertEquals(200, generate("test", "\"stop\": [\"a\", \"b\"], \"max_new_tokens\": 1").status());
    assertValidation(
        "`stop` supports up to 2 stop sequences. Given: 3",
        generate("test", "\"stop\": [\"a\", \"b\", \"c\"]").body());
    assertValidation(
        "`best_of` must be > 0 and <= 2. Given: 3",
        generate("test", "\"best_of\": 3, \"do_sample\": true").body());
  }

  @Test
  void moreAnswersAtOnceThanAllowedAreRefused() {
    ObjectNode request = Client.JSON.createObjectNode().put("model", "demo").put("max_tokens", 1);
    for (int i = 0; i <= CONCURRENT_MAX; i++) {
      request.withArray("prompt").add("test");
    }

    Reply refused = client.post("/v1/completions", request);

    assertEquals(429, refused.status());
    assertEquals("queue_full", refused.code());
  }

  private static int tokens(String text) {
    return client
        .post("/tokenize", Client.JSON.createObjectNode().put("inputs", text))
        .body()
        .size();
  }

  private static String ofTokens(int count) {
    StringBuilder text = new StringBuilder("a");
    while (tokens(text.toString()) < count) {
      text.append(" a");
    }
    assertEquals(count, tokens(text.toString()));
    return text.toString();
  }

  private static Reply generate(String inputs, String parameters) {
    return client.postText("/generate", body(inputs, parameters));
  }

  private static List<JsonNode> stream(String inputs, String parameters) {
    return client.allEvents("/generate_stream", body(inputs, parameters));
  }

  private static String body(String inputs, String parameters) {
    return "{\"inputs\": \"" + inputs + "\", \"parameters\": {" + parameters + "}}";
  }

  private static void assertValidation(String words, JsonNode body) {
    assertEquals("Input validation error: " + words, body.path("error").asText(), body.toString());
    assertEquals("validation", body.path("error_type").asText());
  }
}
