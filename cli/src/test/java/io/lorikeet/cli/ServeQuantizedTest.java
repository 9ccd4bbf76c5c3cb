package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers with quantised weights: what they say of themselves, and their shared cache. */
final class ServeQuantizedTest {
  private static final Path MODEL =
      Path.of(System.getProperty("lorikeet.root"), "fixtures", "models", "llama");

  @TempDir Path cache;

  private Settings settings(Map<String, Object> more) {
    Map<String, Object> all = new HashMap<>(more);
    all.put("server.port", 0);
    all.put("engine.threads", 2);
    all.put("engine.weights-cache", cache.toString());
    all.put("engine.weights-cache-min", 0);
    return SettingsReader.read(Optional.empty(), all);
  }

  private static RunningServer start(Settings settings) {
    return RunningServer.start(
        new ServedFolder(MODEL, new AdapterPlaces(List.of(), Map.of())),
        Optional.of("base"),
        settings);
  }

  private record Served(String readyLine, String numerics, JsonNode answer) {}

  private static Served serve(Settings settings) {
    RunningServer server = start(settings);
    try {
      Client client = new Client(server.url());
      ObjectNode request =
          Client.JSON.createObjectNode().put("model", "base").put("max_tokens", 12);
      request.put("temperature", 0).put("logprobs", 3);
      request.putArray("prompt").add(5).add(7).add(11);
      JsonNode choice = client.postLater("/v1/completions", request).join().body().at("/choices/0");
      assertTrue(choice.has("logprobs"), choice.toString());
      JsonNode info = client.get("/info").body();
      return new Served(
          server.readyLine(), info.findPath("numerics").textValue(), choice.get("logprobs"));
    } finally {
      server.stop();
    }
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(file -> !file.toString().endsWith(".finite")).toList();
    }
  }

  @Test
  void serversThatStartAtOnceShareTheCacheAndGiveTheSameAnswers() throws Exception {
    assertTrue(
        Files.getLastModifiedTime(MODEL.resolve("model.safetensors"))
                .compareTo(FileTime.from(Instant.now().minus(Duration.ofSeconds(5))))
            < 0,
        "the fixtures lie there for longer than a start takes");
    Settings settings = settings(Map.of("engine.weights", "q8"));
    Callable<Served> server = () -> serve(settings);
    Served first;
    try (var threads = Executors.newFixedThreadPool(2)) {
      var both = threads.invokeAll(List.of(server, server));
      first = both.getFirst().get();
      assertEquals(first.answer, both.getLast().get().answer);
    }
    assertEquals(1, kept().size());

    Served later = serve(settings);

    assertEquals(first.answer, later.answer);
    assertEquals("f32-kv/int8/q8", later.numerics);
    assertTrue(later.readyLine.contains(" numerics=f32-kv/int8/q8 "), later.readyLine);
    assertEquals(1, kept().size());
  }

  @Test
  void matricesThatAreNotThereEndTheStart() {
    Settings settings = settings(Map.of("engine.weights-of.dawn", "q8"));
    LorikeetException e = assertThrows(LorikeetException.class, () -> start(settings));

    assertEquals(ErrorCode.MODEL_QUANTIZATION_UNSUPPORTED, e.code());
    assertTrue(String.valueOf(e.getMessage()).contains("dawn"), e.getMessage());
  }
}
