package io.lorikeet.http;

import io.lorikeet.actors.AdapterChange;
import io.lorikeet.actors.AdapterOrder;
import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Embedding;
import io.lorikeet.actors.EmbeddingResult;
import io.lorikeet.actors.Engine.AdapterStatus;
import io.lorikeet.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole exchanges, as they go over the wire ({@link Transcript}): single ones with a server that
 * all share, whose ids are all the same, and conversations, each with a server of its own that has
 * keys and limits and counts its ids.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GoldenTest {
  private TestServer server;

  @BeforeAll
  void start() {
    server = TestServer.start(Scripts::hello);
    server.engine.texts(Scripts::text);
    server.engine.adapters(
        new AdapterStatus("pirate", "ab12", "device", "", 4096, 2),
        new AdapterStatus("team/poet", "", "registered", "", 0, 0),
        new AdapterStatus("broken", "", "failed", "`r` must be >= 1. Given: 0", 0, 0));
    server.engine.changes(GoldenTest::load, GoldenTest::unload);
    server.engine.embeddings((embedding, _) -> embedded(embedding));
  }

  private static CompletionStage<EmbeddingResult> embedded(Embedding embedding) {
    return CompletableFuture.completedStage(
        new EmbeddingResult.Embedded(
            Answer.Sum.BASE,
            embedding.prompts().stream().map(_ -> new float[] {3, 0, -4, 0}).toList(),
            5 * embedding.prompts().size()));
  }

  private static AdapterChange load(AdapterOrder order) {
    return order.path().startsWith("/adapters/")
        ? order.name().equals("pirate") && !order.replace()
            ? new AdapterChange.Refused(
                ErrorCode.REQUEST_INVALID, "`load_inplace` must be true. Given: pirate")
            : new AdapterChange.Loaded(order.name(), "ab12")
        : new AdapterChange.Refused(ErrorCode.ADAPTER_PATH_FORBIDDEN, "not there");
  }

  private static AdapterChange unload(String name) {
    return switch (name) {
      case "pirate" -> new AdapterChange.Unloaded(name, 2);
      case "team/poet" -> new AdapterChange.Unloaded(name, 0);
      default -> new AdapterChange.Refused(ErrorCode.ADAPTER_NOT_FOUND, "no such adapter");
    };
  }

  @AfterAll
  void stop() {
    server.close();
  }

  static List<Path> single() throws IOException {
    return Transcript.files("golden");
  }

  static List<Path> conversations() throws IOException {
    return Transcript.files("golden-conversations");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("single")
  void theServerAnswersAsWritten(Path file) throws IOException, InterruptedException {
    Transcript.check(file, server);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("conversations")
  void aConversationGoesAsWritten(Path file) throws IOException, InterruptedException {
    Map<String, Object> limits =
        Map.of(
            "access.keys.alice.key",
            "key-of-alice",
            "access.keys.slow.key",
            "key-of-slow",
            "access.keys.slow.requests-per-minute",
            1,
            "server.body-bytes-max",
            1024);
    try (TestServer own = TestServer.start(Scripts::hello, limits, () -> 0L)) {
      own.engine.texts(Scripts::text);
      Transcript.check(file, own);
    }
  }
}
