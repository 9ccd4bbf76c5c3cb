package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Client.Reply;
import io.lorikeet.config.SettingsReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The whole server over a model folder without a tokenizer: token ids in, token ids out. */
class ServeFixtureTest {
  private static final Path MODEL =
      Path.of(System.getProperty("lorikeet.root"), "fixtures", "models", "llama");

  private static RunningServer server;
  private static Client client;

  @BeforeAll
  static void start() {
    server =
        RunningServer.start(
            new ServedFolder(
                MODEL, new AdapterPlaces(List.of(MODEL.resolve("adapters")), Map.of())),
            Optional.of("base"),
            SettingsReader.read(Optional.empty(), Map.of("server.port", 0)));
    client = new Client(server.url());
  }

  @AfterAll
  static void stop() {
    server.stop();
  }

  @Test
  void goldenIdsComeBackOverHttpOrTheAdapterIsRefusedByName() throws IOException {
    JsonNode golden = Client.JSON.readTree(MODEL.resolve("golden.json").toFile());
    List<JsonNode> runs = new ArrayList<>();
    List<CompletableFuture<Reply>> replies = new ArrayList<>();
    for (JsonNode run : golden.path("runs")) {
      if (run.path("adapter").isTextual() || run.path("adapter").isNull()) {
        runs.add(run);
        replies.add(client.postLater("/v1/completions", request(run)));
      }
    }

    int served = 0;
    for (int i = 0; i < runs.size(); i++) {
      Reply reply = replies.get(i).join();
      if (reply.status() == 200) {
        served++;
        assertEquals(
            runs.get(i).path("greedy_ids").toString(),
            reply.body().at("/choices/0/token_ids").toString(),
            runs.get(i).path("name").asText());
      } else {
        assertEquals(422, reply.status(), reply.toString());
        assertTrue(reply.code().startsWith("adapter_"), reply.toString());
      }
    }
    assertTrue(served >= 80, "served runs: " + served);
  }

  @Test
  void goldenSumsComeBackOverHttpInBothSpellings() throws IOException {
    JsonNode golden = Client.JSON.readTree(MODEL.resolve("golden.json").toFile());
    Map<String, Integer> numbers = numbers();
    int sums = 0;
    for (JsonNode run : golden.path("runs")) {
      if (!run.at("/combination/type").asText().equals("cat")) {
        continue;
      }
      sums++;
      ObjectNode ours = request(run, "base");
      ours.set("adapters", run.path("adapter"));
      ObjectNode theirs = request(run, "base");
      ArrayNode lora = theirs.putArray("lora");
      for (JsonNode part : run.path("adapter")) {
        lora.addObject()
            .put("id", numbers.getOrDefault(part.path("name").asText(), -1))
            .put("scale", part.path("weight").asDouble());
      }
      for (ObjectNode request : List.of(ours, theirs)) {
        Reply reply = client.post("/v1/completions", request);
        assertEquals(200, reply.status(), reply.toString());
        assertEquals(
            run.path("greedy_ids").toString(),
            reply.body().at("/choices/0/token_ids").toString(),
            run.path("name").asText());
        assertEquals(run.path("adapter").size(), reply.body().path("adapters").size());
      }
    }
    assertEquals(6, sums);
  }

  @Test
  void goldenMergesComeBackOverHttp() throws IOException {
    JsonNode golden = Client.JSON.readTree(MODEL.resolve("golden.json").toFile());
    int merges = 0;
    for (JsonNode run : golden.path("runs")) {
      JsonNode how = run.path("combination");
      // Which of equal entries are pruned is open, so the pruning ones have goldens in the engine.
      if (!how.path("type").asText().equals("linear")) {
        continue;
      }
      merges++;
      ObjectNode request = request(run, "base");
      request.set("adapters", run.path("adapter"));
      request.putObject("merge").put("strategy", how.path("type").asText());

      Reply reply = client.post("/v1/completions", request);

      assertEquals(200, reply.status(), reply.toString());
      assertEquals(
          run.path("greedy_ids").toString(),
          reply.body().at("/choices/0/token_ids").toString(),
          run.path("name").asText());
      assertEquals(64, reply.body().at("/merge/generation").asText().length());
    }
    assertEquals(2, merges);
  }

  @Test
  void adaptersThatCannotBeMergedAreRefusedByName() {
    ObjectNode request = Client.JSON.createObjectNode().put("model", "base").put("max_tokens", 1);
    request.putArray("prompt").add(1);
    ArrayNode adapters = request.putArray("adapters");
    adapters.addObject().put("name", "all-linear-r4");
    adapters.addObject().put("name", "dora-r8");
    request.putObject("merge").put("strategy", "linear");

    Reply reply = client.post("/v1/completions", request);

    assertEquals(422, reply.status(), reply.toString());
    assertEquals("adapter_merge_unsupported", reply.code());
    assertTrue(reply.body().at("/error/message").asText().contains("`dora-r8`"), reply.toString());
  }

  private static Map<String, Integer> numbers() {
    Map<String, Integer> numbers = new HashMap<>();
    for (JsonNode adapter : client.get("/lora-adapters").body()) {
      numbers.put(adapter.path("path").asText(), adapter.path("id").asInt());
    }
    return numbers;
  }

  @Test
  void adaptersThatAreNoSumAreRefusedInOneByName() {
    ObjectNode request = Client.JSON.createObjectNode().put("model", "base").put("max_tokens", 1);
    request.putArray("prompt").add(1);
    ArrayNode adapters = request.putArray("adapters");
    adapters.addObject().put("name", "all-linear-r4");
    adapters.addObject().put("name", "dora-r8");

    Reply reply = client.post("/v1/completions", request);

    assertEquals(422, reply.status(), reply.toString());
    assertEquals("adapter_not_composable", reply.code());
    assertTrue(reply.body().at("/error/message").asText().contains("`dora-r8`"), reply.toString());
  }

  private static ObjectNode request(JsonNode run) {
    return request(run, run.path("adapter").isNull() ? "base" : run.path("adapter").asText());
  }

  private static ObjectNode request(JsonNode run, String model) {
    ObjectNode request =
        Client.JSON
            .createObjectNode()
            .put("model", model)
            .put("temperature", 0)
            .put("max_tokens", run.path("greedy_ids").size())
            .put("ignore_eos", true)
            .put("return_token_ids", true);
    ArrayNode ids = request.putArray("prompt");
    run.path("prompt_ids").forEach(ids::add);
    return request;
  }

  @Test
  void textIsRefusedWithWhatIsMissing() {
    ObjectNode text = Client.JSON.createObjectNode().put("model", "base").put("prompt", "hello");
    Reply completion = client.post("/v1/completions", text);
    Reply chat = client.post("/v1/chat/completions", Client.chat("base", "hello"));

    assertEquals(400, completion.status());
    assertEquals("tokenizer_missing", completion.code());
    assertEquals(400, chat.status());
    assertEquals("tokenizer_missing", chat.code());
  }
}
