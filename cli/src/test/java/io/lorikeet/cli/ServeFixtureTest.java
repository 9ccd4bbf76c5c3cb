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

  private static ObjectNode request(JsonNode run) {
    ObjectNode request =
        Client.JSON
            .createObjectNode()
            .put("model", run.path("adapter").isNull() ? "base" : run.path("adapter").asText())
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
