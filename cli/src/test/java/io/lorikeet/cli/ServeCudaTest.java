package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Client.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole server with its engine on an emulated GPU. */
final class ServeCudaTest {
  private static final Path MODEL =
      Path.of(System.getProperty("lorikeet.root"), "fixtures", "models", "llama");

  @TempDir Path folder;

  @Test
  void goldenIdsComeBackFromTheGpu() throws Exception {
    try (EmulatedGpu server = serve("mode=lazy", "--device", "cuda")) {
      assertTrue(server.readyLine().contains("kernels=cuda-"), server.readyLine());
      assertGolden(server.client());
    }
  }

  @Test
  void adaptersRunOnTheGpuBesideTheBase() throws Exception {
    String adapters = MODEL.resolve("adapters").toString();
    try (EmulatedGpu server = serve("mode=lazy", "--device", "cuda", "--adapters", adapters)) {
      Client client = server.client();
      List<JsonNode> runs = new ArrayList<>();
      List<CompletableFuture<Reply>> replies = new ArrayList<>();
      for (JsonNode run : golden()) {
        if (runs.size() < 12 && !run.path("adapter").isArray()) {
          runs.add(run);
          replies.add(client.postLater("/v1/completions", request(run)));
        }
      }
      long adapted = runs.stream().filter(run -> run.path("adapter").isTextual()).count();
      assertTrue(adapted >= 8, "runs with adapters: " + adapted);
      for (int i = 0; i < runs.size(); i++) {
        assertSame(runs.get(i), replies.get(i).join());
      }
    }
  }

  @Test
  void theGpuIsFoundAndAFaultOfItIsOnlyAPause() throws Exception {
    try (EmulatedGpu server = serve("mode=random,seed=4,fail-launch=500")) {
      assertTrue(server.readyLine().contains("kernels=cuda-"), server.readyLine());
      assertGolden(server.client());
      assertTrue(server.log().contains("CUDA_ERROR_LAUNCH_FAILED"), server.log());
    }
  }

  private EmulatedGpu serve(String driver, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.addAll(List.of("--model", MODEL.toString(), "--model-name", "base"));
    return EmulatedGpu.serve(folder, driver, arguments.toArray(String[]::new));
  }

  private static JsonNode golden() throws Exception {
    return Client.JSON.readTree(MODEL.resolve("golden.json").toFile()).path("runs");
  }

  private static void assertGolden(Client client) throws Exception {
    List<JsonNode> runs = new ArrayList<>();
    List<CompletableFuture<Reply>> replies = new ArrayList<>();
    for (JsonNode run : golden()) {
      if (run.path("adapter").isNull()) {
        runs.add(run);
        replies.add(client.postLater("/v1/completions", request(run)));
      }
    }
    assertEquals(3, runs.size());
    for (int i = 0; i < runs.size(); i++) {
      assertSame(runs.get(i), replies.get(i).join());
    }
  }

  private static void assertSame(JsonNode run, Reply reply) {
    assertEquals(200, reply.status(), reply.toString());
    assertEquals(
        run.path("greedy_ids").toString(),
        reply.body().at("/choices/0/token_ids").toString(),
        run.path("name").asText());
  }

  private static ObjectNode request(JsonNode run) {
    ObjectNode request =
        Client.JSON
            .createObjectNode()
            .put("model", run.path("adapter").asText("base"))
            .put("temperature", 0)
            .put("max_tokens", run.path("greedy_ids").size())
            .put("ignore_eos", true)
            .put("return_token_ids", true);
    ArrayNode ids = request.putArray("prompt");
    run.path("prompt_ids").forEach(ids::add);
    return request;
  }
}
