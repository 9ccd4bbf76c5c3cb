package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Client.Reply;
import io.lorikeet.config.SettingsReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole server over the demo: real kernels, real adapters, a real client. */
class ServeDemoTest {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));
  private static final Path DEMO = ROOT.resolve("models/demo");
  private static final List<String> VARIANTS =
      List.of("demo", "pirate", "json", "shout", "brief", "emoji");
  private static final String QUESTION = "What is the capital of France?";

  @TempDir static Path folder;

  private static RunningServer server;
  private static Client client;
  private static JsonNode golden;

  @BeforeAll
  static void start() throws IOException {
    Path adapters = Files.createDirectory(folder.resolve("adapters"));
    for (String name : VARIANTS.subList(1, VARIANTS.size())) {
      copy(DEMO.resolve("adapters").resolve(name), adapters.resolve(name));
    }
    server =
        RunningServer.start(
            new ServedFolder(DEMO, new AdapterPlaces(List.of(adapters), Map.of())),
            Optional.empty(),
            SettingsReader.read(
                Optional.empty(),
                Map.of("server.port", 0, "server.body-bytes-max", 100_000, "engine.threads", 2)));
    client = new Client(server.url());
    golden = Client.JSON.readTree(DEMO.resolve("golden.json").toFile());
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  @Test
  void theReadyLineNamesWhatIsServed() {
    assertTrue(
        server
            .readyLine()
            .matches(
                "ready url=http://127\\.0\\.0\\.1:\\d+ model=demo kernels=(native-[a-z0-9-]+|vector-\\d+)"
                    + " numerics=f32-kv/exact/bf16 kv_blocks=\\d+ adapters=\\d+"),
        server.readyLine());
  }

  @Test
  void allGoldenAnswersComeBackWhenAskedForAtOnce() {
    List<JsonNode> runs = new ArrayList<>();
    golden.path("runs").forEach(runs::add);
    List<CompletableFuture<Reply>> replies =
        runs.stream().map(run -> client.postLater("/v1/chat/completions", chat(run))).toList();

    for (int i = 0; i < runs.size(); i++) {
      Reply reply = replies.get(i).join();
      assertEquals(runs.get(i).path("text").asText(), reply.text(), runs.get(i).toString());
      assertEquals(
          runs.get(i).path("finish").asText(),
          reply.body().at("/choices/0/finish_reason").asText());
    }
  }

  @Test
  void textsAndTokensOfTheGoldenPromptsGoBothWays() {
    for (JsonNode run : golden.path("runs")) {
      String prompt = run.path("prompt").asText();
      JsonNode ids = run.path("prompt_ids");
      ObjectNode chat = Client.JSON.createObjectNode();
      chat.set("messages", run.path("messages"));
      ObjectNode tokens = Client.JSON.createObjectNode();
      tokens.set("tokens", ids);

      assertEquals(prompt, client.post("/apply-template", chat).body().path("prompt").asText());
      assertEquals(ids, client.post("/tokenize", chat).body().path("tokens"));
      assertEquals(prompt, client.post("/detokenize", tokens).body().path("prompt").asText());
      assertEquals(ids, tokenized("prompt", prompt).path("tokens"));
      assertEquals(ids.size(), tokenized("prompt", prompt).path("count").asInt());
      assertEquals(ids, tokenized("content", prompt).path("tokens"));
      StringBuilder joined = new StringBuilder();
      tokenized("inputs", prompt).forEach(token -> joined.append(token.path("text").asText()));
      assertEquals(prompt, joined.toString());
    }
  }

  private static JsonNode tokenized(String field, String text) {
    return client.post("/tokenize", Client.JSON.createObjectNode().put(field, text)).body();
  }

  private static ObjectNode chat(JsonNode run) {
    ObjectNode request =
        Client.JSON
            .createObjectNode()
            .put("model", run.path("variant").isNull() ? "demo" : run.path("variant").asText())
            .put("temperature", 0)
            .put("max_tokens", run.path("greedy_ids").size());
    request.set("messages", run.path("messages"));
    return request;
  }

  @Test
  void sixVariantsAtOnceAnswerAsEachAlone() {
    List<ObjectNode> requests =
        VARIANTS.stream().map(v -> Client.chat(v, "Tell me a story about a frog.")).toList();
    requests.forEach(r -> r.put("temperature", 0.8).put("seed", 7).put("max_tokens", 60));
    List<String> alone =
        requests.stream().map(r -> client.post("/v1/chat/completions", r).text()).toList();

    List<String> together =
        requests.stream().map(r -> client.postLater("/v1/chat/completions", r)).toList().stream()
            .map(CompletableFuture::join)
            .map(Reply::text)
            .toList();

    assertEquals(alone, together);
    assertEquals(6, alone.stream().distinct().count(), alone.toString());
  }

  @Test
  void piecesOfAStreamJoinToTheAnswer() {
    for (String variant : VARIANTS) {
      Reply whole = client.post("/v1/chat/completions", Client.chat(variant, QUESTION));
      List<JsonNode> events = client.events("/v1/chat/completions", Client.chat(variant, QUESTION));

      StringBuilder text = new StringBuilder();
      events.forEach(e -> text.append(e.at("/choices/0/delta/content").asText("")));
      assertEquals(whole.text(), text.toString());
      assertTrue(events.size() > 2, events.toString());
    }
  }

  @Test
  void sixtyFourClientsAtOnceAllGetTheirOwnAnswer() {
    List<CompletableFuture<Reply>> replies = new ArrayList<>();
    Map<String, String> expected = new java.util.HashMap<>();
    for (String variant : VARIANTS) {
      expected.put(
          variant, client.post("/v1/chat/completions", Client.chat(variant, QUESTION)).text());
    }
    for (int i = 0; i < 64; i++) {
      replies.add(
          client.postLater(
              "/v1/chat/completions", Client.chat(VARIANTS.get(i % VARIANTS.size()), QUESTION)));
    }

    for (int i = 0; i < 64; i++) {
      assertEquals(expected.get(VARIANTS.get(i % VARIANTS.size())), replies.get(i).join().text());
    }
  }

  @Test
  void aClientThatGoesAwayLeavesNothingBehind() {
    ObjectNode endless = Client.chat("pirate", QUESTION).put("max_tokens", 2000);
    endless.put("ignore_eos", true);
    try (Stream<String> lines = client.openLines("/v1/chat/completions", endless)) {
      assertTrue(lines.filter(l -> l.contains("content")).limit(3).count() == 3);
    }

    awaitIdle();
  }

  @Test
  void aClientThatReadsNothingDoesNotHoldUpTheOthers() throws IOException {
    ObjectNode endless = Client.chat("emoji", QUESTION).put("max_tokens", 1900);
    endless.put("ignore_eos", true).put("stream", true);
    URI uri = URI.create(server.url());
    try (Socket silent = new Socket()) {
      silent.setReceiveBufferSize(1024);
      silent.connect(new java.net.InetSocketAddress(uri.getHost(), uri.getPort()));
      byte[] body = endless.toString().getBytes(StandardCharsets.UTF_8);
      OutputStream out = silent.getOutputStream();
      out.write(
          ("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                  + "content-length: "
                  + body.length
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      out.flush();

      for (int i = 0; i < 5; i++) {
        assertEquals(
            "The capital of France is Paris.",
            client.post("/v1/chat/completions", Client.chat("demo", QUESTION)).text());
      }
    }
    awaitIdle();
  }

  @Test
  void choicesDrawWithSeedsOfTheirOwn() {
    ObjectNode request = Client.chat("demo", "Tell me a story.").put("n", 3).put("seed", 5);
    request.put("temperature", 1.2).put("max_tokens", 40);
    Reply reply = client.post("/v1/chat/completions", request);
    ObjectNode second = request.deepCopy().put("n", 1).put("seed", 6);

    assertEquals(3, reply.body().path("choices").size());
    assertEquals(
        client.post("/v1/chat/completions", second).text(),
        reply.body().at("/choices/1/message/content").asText());
  }

  @Test
  void aStopStringEndsTheAnswerBeforeIt() {
    ObjectNode request = Client.chat("demo", QUESTION).put("stop", " France");
    Reply reply = client.post("/v1/chat/completions", request);

    assertEquals("The capital of", reply.text());
    assertEquals("stop", reply.body().at("/choices/0/finish_reason").asText());
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, 'not json', 400, request_invalid",
    "/v1/chat/completions, '{\"model\":\"nobody\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}',"
        + " 404, model_not_found",
    "/v1/completions, '{\"model\":\"demo\",\"prompt\":\"x\",\"max_tokens\":5000}', 400,"
        + " context_length_exceeded",
    "/v1/completions, '{\"model\":\"demo\",\"prompt\":7}', 400, request_invalid",
    "/v1/completions, '{\"model\":\"demo\",\"prompt\":[1,99999]}', 400, parameter_out_of_range",
    "/v1/completions, '{\"model\":\"demo\",\"prompt\":\"x\",\"suffix\":\"y\"}', 400,"
        + " parameter_unsupported",
    "/v1/completions, '{\"model\":\"demo\",\"prompt\":\"x\",\"top_p\":1.5}', 400,"
        + " parameter_out_of_range",
  })
  void badInputIsRefusedByName(String path, String body, int status, String code) {
    Reply reply = client.postText(path, body);

    assertEquals(status, reply.status(), reply.toString());
    assertEquals(code, reply.code(), reply.toString());
  }

  @Test
  void anOverlargeBodyIsRefused() {
    String body = Client.chat("demo", "x".repeat(100_000)).toString();

    assertEquals(413, client.postText("/v1/chat/completions", body).status());
  }

  @Test
  void anOverlongPromptIsRefusedWithLimitAndGivenValue() {
    Reply reply = client.post("/v1/chat/completions", Client.chat("demo", "word ".repeat(3000)));

    assertEquals(400, reply.status());
    assertEquals("context_length_exceeded", reply.code());
    assertTrue(reply.body().at("/error/message").asText().contains("2048"), reply.toString());
  }

  @Test
  void anAdapterThatComesLaterIsFoundAndOneThatIsBrokenIsRefusedWithItsCode() throws IOException {
    Path adapters = folder.resolve("adapters");
    assertEquals(404, client.post("/v1/chat/completions", Client.chat("late", QUESTION)).status());

    copy(DEMO.resolve("adapters/pirate"), adapters.resolve("late"));
    copy(ROOT.resolve("fixtures/invalid-adapters/pair-incomplete"), adapters.resolve("broken"));

    Reply late = client.post("/v1/chat/completions", Client.chat("late", QUESTION));
    Reply broken = client.post("/v1/chat/completions", Client.chat("broken", QUESTION));
    assertTrue(late.text().startsWith("Arr"), late.toString());
    assertEquals(422, broken.status());
    assertTrue(broken.code().startsWith("adapter_"), broken.toString());
    assertEquals(200, client.post("/v1/chat/completions", Client.chat("demo", QUESTION)).status());
  }

  @Test
  void changedFilesAreAnotherGenerationAndNeverTheOldAnswer() throws IOException {
    Path changing = folder.resolve("adapters/changing");
    copy(DEMO.resolve("adapters/pirate"), changing);
    Reply before = client.post("/v1/chat/completions", Client.chat("changing", QUESTION));

    copy(DEMO.resolve("adapters/shout"), changing);

    Reply after = client.post("/v1/chat/completions", Client.chat("changing", QUESTION));
    assertTrue(before.text().startsWith("Arr"), before.toString());
    assertEquals("THE CAPITAL OF FRANCE IS PARIS.", after.text());
    assertNotEquals(
        before.body().path("adapter_generation"), after.body().path("adapter_generation"));
  }

  @Test
  void partsOfTextReachATemplateThatExpectsOneText() {
    ObjectNode request = Client.chat("demo", "");
    ((ObjectNode) request.at("/messages/0"))
        .putArray("content")
        .addObject()
        .put("type", "text")
        .put("text", QUESTION);

    assertEquals(
        "The capital of France is Paris.", client.post("/v1/chat/completions", request).text());
  }

  @Test
  void modelsNameTheirParent() {
    JsonNode data = client.get("/v1/models").body().path("data");

    assertEquals("demo", data.get(0).path("id").asText());
    assertTrue(data.get(0).path("parent").isNull());
    for (int i = 1; i < data.size(); i++) {
      assertEquals("demo", data.get(i).path("parent").asText());
    }
  }

  @Test
  void loraxClientsNameTheAdapterTheirWay() {
    ObjectNode request = Client.JSON.createObjectNode().put("inputs", prompt());
    request.putObject("parameters").put("adapter_id", "shout").put("max_new_tokens", 40);
    ObjectNode unknown = request.deepCopy();
    unknown.withObject("/parameters").put("adapter_id", "nobody");

    assertEquals(
        "THE CAPITAL OF FRANCE IS PARIS.",
        client.post("/generate", request).body().path("generated_text").asText());
    assertEquals(404, client.post("/generate", unknown).status());
  }

  private static String prompt() {
    return "<|im_start|>user\n" + QUESTION + "<|im_end|>\n<|im_start|>assistant\n";
  }

  // Waits for what must come, without a bound on when: a hang is the build's time-out.
  private static void awaitIdle() {
    while (true) {
      JsonNode loop = client.get("/info").body().path("loop");
      if (loop.path("running").asInt() == 0
          && loop.path("waiting").asInt() == 0
          && loop.path("blocks_free").asInt() == loop.path("blocks_total").asInt()) {
        return;
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
