package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Embedding;
import io.lorikeet.actors.EmbeddingResult;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.Target;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.schedule.Pooling;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EmbeddingsTest {
  private static final String EMBEDDINGS = "/v1/embeddings";
  private static final float[] VECTOR = {3, 0, -4, 0};

  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello, Map.of("requests.embedding-inputs-max", 3));
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void answer() {
    server.engine.embedded().clear();
    server.engine.embeddings((embedding, _) ->
        CompletableFuture.completedStage(
            new EmbeddingResult.Embedded(
                Answer.Sum.BASE,
                embedding.prompts().stream().map(_ -> VECTOR).toList(),
                5 * embedding.prompts().size())));
  }

  @Test
  void openAisBodyHoldsAVectorPerInputAndTheUsage() throws Exception {
    HttpResponse<String> response =
        server.post(EMBEDDINGS, "{\"model\": \"tiny\", \"input\": [\"a\", \"b\"]}");

    assertEquals(200, response.statusCode(), response.body());
    assertEquals(
        """
        {"id":"embd-0f1e2d3c","object":"list","created":1750000000,"model":"tiny","data":[\
        {"object":"embedding","index":0,"embedding":[0.6,0.0,-0.8,0.0]},\
        {"object":"embedding","index":1,"embedding":[0.6,0.0,-0.8,0.0]}],\
        "usage":{"prompt_tokens":10,"total_tokens":10}}\
        """,
        response.body());
    Embedding embedding = take();
    assertEquals(List.of(new Prompt.Text("a"), new Prompt.Text("b")), embedding.prompts());
    assertEquals(Pooling.LAST, embedding.pooling());
    assertEquals(Optional.empty(), embedding.timeout());
  }

  @Test
  void base64HoldsTheSameNumbers() throws Exception {
    JsonNode body =
        json(
            "{\"model\": \"tiny\", \"input\": \"a\", \"encoding_format\": \"base64\","
                + " \"normalize\": false}");
    assertEquals("AABAQAAAAAAAAIDAAAAAAA==", body.at("/data/0/embedding").asText());
  }

  @Test
  void poolingAndNormalizationAreTheClients() throws Exception {
    JsonNode body =
        json(
            "{\"model\": \"tiny\", \"input\": \"a\", \"pooling\": \"mean\","
                + " \"normalize\": false, \"timeout\": 2}");
    assertEquals("[3.0,0.0,-4.0,0.0]", body.at("/data/0/embedding").toString());
    Embedding embedding = take();
    assertEquals(Pooling.MEAN, embedding.pooling());
    assertEquals(Optional.of(Duration.ofSeconds(2)), embedding.timeout());
  }

  @Test
  void inputsMayBeTokens() throws Exception {
    json("{\"model\": \"tiny\", \"input\": [1, 2]}");
    assertIds(take().prompts(), new int[] {1, 2});
    json("{\"model\": \"tiny\", \"input\": [[1, 2], [3]]}");
    assertIds(take().prompts(), new int[] {1, 2}, new int[] {3});
  }

  @Test
  void inputsMayBeCutToTheirEnd() throws Exception {
    json("{\"model\": \"tiny\", \"input\": \"a\", \"truncate_prompt_tokens\": 7}");
    assertEquals(List.of(new Prompt.Last(new Prompt.Text("a"), 7)), take().prompts());
    json("{\"model\": \"tiny\", \"input\": \"a\", \"truncate_prompt_tokens\": -1}");
    assertEquals(List.of(new Prompt.Last(new Prompt.Text("a"), 64)), take().prompts());
  }

  @Test
  void adaptersAreChosenAsOnTheOtherRoutesAndNamed() throws Exception {
    server.engine.embeddings((_, _) ->
        CompletableFuture.completedStage(
            new EmbeddingResult.Embedded(
                new Answer.Sum(List.of(new Answer.Adapter("pirate", 1, new GenerationId("ab12")))),
                List.of(VECTOR),
                5)));
    JsonNode body = json("{\"model\": \"pirate\", \"input\": \"a\"}");
    assertEquals("pirate", body.path("adapter").asText());
    assertEquals("ab12", body.path("adapter_generation").asText());
    assertEquals(new Target.Model("pirate"), take().target());

    json("{\"model\": \"\", \"input\": \"a\"}");
    assertEquals(new Target.Adapter(Optional.empty()), take().target());

    json(
        "{\"model\": \"tiny\", \"input\": \"a\","
            + " \"adapters\": [{\"name\": \"x\", \"weight\": 0.5}]}");
    assertInstanceOf(Target.Composed.class, take().target());
    json("{\"model\": \"tiny\", \"input\": \"a\", \"lora\": [{\"id\": 0, \"scale\": 1}]}");
    assertInstanceOf(Target.Composed.class, take().target());
    json(
        "{\"model\": \"tiny\", \"input\": \"a\", \"merge\": {\"strategy\": \"linear\"},"
            + " \"adapters\": [{\"name\": \"x\"}, {\"name\": \"y\"}]}");
    assertInstanceOf(Target.Merged.class, take().target());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dimensions|4",
        "dimensions|null",
        "user|\"u\"",
        "encoding_format|\"float\"",
        "embed_dtype|\"float32\"",
        "endianness|\"native\"",
        "add_special_tokens|true",
        "truncate_prompt_tokens|1",
        "truncate_prompt_tokens|64",
        "unheard_of|{}",
        "input|[\"a\", \"b\", \"c\"]"
      })
  void fieldsThatAreReadOrChangeNothingAreAccepted(String name, String value) throws Exception {
    HttpResponse<String> response = server.post(EMBEDDINGS, body(name, value));
    assertEquals(200, response.statusCode(), response.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dimensions|3|parameter_unsupported",
        "dimensions|\"4\"|request_invalid",
        "encoding_format|\"bytes\"|parameter_unsupported",
        "embed_dtype|\"float16\"|parameter_unsupported",
        "endianness|\"big\"|parameter_unsupported",
        "pooling|\"cls\"|parameter_unsupported",
        "normalize|1|request_invalid",
        "add_special_tokens|false|parameter_unsupported",
        "messages|[]|parameter_unsupported",
        "use_activation|false|parameter_unsupported",
        "input_type|\"query\"|parameter_unsupported",
        "parameters|{\"adapter_id\": \"x\"}|parameter_unsupported",
        "adapter_name|\"x\"|parameter_unsupported",
        "merged_adapters|{}|parameter_unsupported",
        "truncate_prompt_tokens|0|parameter_out_of_range",
        "truncate_prompt_tokens|65|parameter_out_of_range",
        "timeout|601|parameter_out_of_range",
        "input|null|request_invalid",
        "input|{}|request_invalid",
        "input|[]|parameter_out_of_range",
        "input|[100]|parameter_out_of_range",
        "input|[[1], []]|parameter_out_of_range",
        "input|[\"a\", 1]|request_invalid",
        "input|[\"a\", \"b\", \"c\", \"d\"]|parameter_out_of_range",
        "model|null|request_invalid"
      })
  void otherFieldsAreRefusedByName(String name, String value, String code) throws Exception {
    HttpResponse<String> response = server.post(EMBEDDINGS, body(name, value));
    JsonNode error = TestServer.json(response.body()).path("error");
    assertEquals(code, error.path("code").asText(), response.body());
    assertTrue(error.path("message").asText().contains("`" + name), response.body());
    assertTrue(server.engine.embedded().isEmpty(), "it reached the engine");
  }

  @Test
  void loraxsBodyIsOneVector() throws Exception {
    HttpResponse<String> response =
        server.post("/embed", "{\"inputs\": \"a\", \"parameters\": {\"adapter_id\": \"pirate\"}}");
    assertEquals(200, response.statusCode(), response.body());
    assertEquals("{\"embeddings\":[0.6,0.0,-0.8,0.0]}", response.body());
    Embedding embedding = take();
    assertEquals(new Target.Adapter(Optional.of("pirate")), embedding.target());
    assertEquals(List.of(new Prompt.Text("a")), embedding.prompts());

    server.post(
        "/embed",
        "{\"inputs\": \"a\", \"parameters\": {\"pooling\": \"mean\","
            + " \"merged_adapters\": {\"ids\": [\"x\", \"y\"], \"weights\": [1, 1]}}}");
    embedding = take();
    assertInstanceOf(Target.Merged.class, embedding.target());
    assertEquals(Pooling.MEAN, embedding.pooling());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}",
        "{\"inputs\": [\"a\"]}",
        "{\"inputs\": \"a\", \"model\": \"x\"}",
        "{\"inputs\": \"a\", \"parameters\": {\"temperature\": 1}}",
        "{\"inputs\": \"a\", \"parameters\": {\"adapter_source\": \"hub\"}}",
        "{\"inputs\": \"a\", \"parameters\": {\"api_token\": 7}}",
        "{\"inputs\": \"a\", \"parameters\": {\"adapter_id\": \"x\","
            + " \"adapters\": [{\"name\": \"y\"}]}}",
        "{\"inputs\": \"a\", \"parameters\": {\"adapter_id\": \"x\","
            + " \"merged_adapters\": {\"ids\": [\"y\", \"z\"], \"weights\": [1, 1]}}}"
      })
  void whatLoraxsRouteDoesNotReadIsRefused(String body) throws Exception {
    HttpResponse<String> response = server.post("/embed", body);
    assertEquals(422, response.statusCode(), response.body());
    assertEquals("validation", TestServer.json(response.body()).path("error_type").asText());
  }

  @Test
  void whatTheEngineRefusesHasItsStatus() throws Exception {
    server.engine.embeddings((_, _) ->
        CompletableFuture.completedStage(
            new EmbeddingResult.Rejected(ErrorCode.MODEL_NOT_FOUND, "no such model")));
    assertEquals(404, server.post(EMBEDDINGS, body("user", "\"u\"")).statusCode());
    assertEquals(404, server.post("/embed", "{\"inputs\": \"a\"}").statusCode());
  }

  @Test
  void theEngineHearsOfAClientThatHasGone() throws Exception {
    CompletableFuture<Done> heard = new CompletableFuture<>();
    CompletableFuture<EmbeddingResult> never = new CompletableFuture<>();
    server.engine.embeddings((_, gone) -> {
      gone.thenAccept(heard::complete);
      return never;
    });
    var pending =
        server
            .client()
            .sendAsync(
                server.postRequest(EMBEDDINGS, body("user", "\"u\"")), BodyHandlers.ofString());
    take();
    pending.cancel(true);
    TestServer.await(heard);
    never.complete(new EmbeddingResult.Rejected(ErrorCode.INTERNAL, "too late"));
  }

  private static String body(String name, String value) {
    String model = name.equals("model") ? "" : "\"model\": \"tiny\", ";
    String input = name.equals("input") ? "" : "\"input\": \"a\", ";
    return "{" + model + input + "\"" + name + "\": " + value + "}";
  }

  private JsonNode json(String body) throws Exception {
    HttpResponse<String> response = server.post(EMBEDDINGS, body);
    assertEquals(200, response.statusCode(), response.body());
    return TestServer.json(response.body());
  }

  private Embedding take() throws InterruptedException {
    Embedding embedding =
        server.engine.embedded().poll(TestServer.LONG.toSeconds(), TimeUnit.SECONDS);
    if (embedding == null) {
      throw new AssertionError("no request reached the engine");
    }
    return embedding;
  }

  private static void assertIds(List<Prompt> prompts, int[]... ids) {
    assertEquals(ids.length, prompts.size());
    IntStream.range(0, ids.length)
        .forEach(i ->
            assertArrayEquals(
                ids[i], assertInstanceOf(Prompt.Ids.class, prompts.get(i)).ids(), "" + i));
  }
}
