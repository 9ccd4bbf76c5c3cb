package io.lorikeet.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
  @TempDir Path folder;

  @Test
  void theReferenceFileHoldsTheDefaultsOfTheScheduler() {
    assertEquals(ScheduleSettings.DEFAULTS, SettingsReader.defaults().schedule());
  }

  @Test
  void withoutAnyFileTheServerListensOnThisMachineOnly() {
    ServerSettings server = SettingsReader.defaults().server();

    assertEquals("127.0.0.1", server.host());
    assertEquals(8L << 20, server.bodyBytesMax());
  }

  @Test
  void anOperatorsFileChangesTheKeysThatItNamesAndNoOthers() throws IOException {
    Settings settings = SettingsReader.read(file("lorikeet.schedule.queue-wait = 5s"), Map.of());

    assertEquals(Duration.ofSeconds(5), settings.schedule().queueWait());
    assertEquals(1024, settings.schedule().waitingMax());
  }

  @Test
  void theCommandLineStandsOverTheFile() throws IOException {
    Optional<Path> file = file("lorikeet.server { port = 1, host = other }");

    ServerSettings server = SettingsReader.read(file, Map.of("server.port", 2)).server();

    assertEquals(2, server.port());
    assertEquals("other", server.host());
  }

  @Test
  void aTemplateFileIsNamedOrThereIsNone() throws IOException {
    Optional<Path> file = file("lorikeet.model.chat-template = own.jinja");

    assertEquals(
        Optional.of(Path.of("own.jinja")), SettingsReader.read(file, Map.of()).chatTemplate());
    assertEquals(Optional.empty(), SettingsReader.defaults().chatTemplate());
  }

  @Test
  void callsAreFoundAsTheTemplateWritesThemOrAsSaid() throws IOException {
    Optional<Path> file = file("lorikeet.model.tool-calls = llama3");

    assertEquals(ToolCallSetting.LLAMA3, SettingsReader.read(file, Map.of()).toolCalls());
    assertEquals(ToolCallSetting.AUTO, SettingsReader.defaults().toolCalls());
  }

  @Test
  void theDeviceIsTheBestThatThereIsOrTheOneThatIsNamed() throws IOException {
    assertEquals(Device.AUTO, SettingsReader.defaults().device());
    Optional<Path> file = file("lorikeet.engine.device = cuda");
    assertEquals(Device.CUDA, SettingsReader.read(file, Map.of()).device());
    assertEquals(Device.CPU, SettingsReader.read(file, Map.of("engine.device", "cpu")).device());
  }

  @Test
  void matricesAreNamedWithQuotesOrWithout() throws IOException {
    Optional<Path> file =
        file(
            "lorikeet.engine { weights = q4, weights-of { down = q8, \"layers.0\" = stored,"
                + " layers.3.o = q8 } }");

    EngineSettings engine = SettingsReader.read(file, Map.of()).engine();

    assertEquals(
        Map.of("down", "q8", "layers.0", "stored", "layers.3.o", "q8"), engine.weightsOf());
    assertEquals(Numerics.AUTO, engine.numerics());
    assertTrue(engine.graphs());
    assertEquals(WeightMemory.AUTO, engine.weightsMemory());
  }

  @Test
  void packedWeightsAreKeptInTheUsersCacheFolderUntilSomebodyDecidesOtherwise() {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", "/c");

    assertEquals(
        Optional.of(Path.of("/c/lorikeet/weights")), cache("auto", environment).directory());
    assertEquals(
        Optional.of(Path.of("/h/.cache/lorikeet/weights")), cache("auto", Map.of()).directory());
    assertEquals(Optional.of(Path.of("/own")), cache("/own", environment).directory());
    assertEquals(Optional.empty(), cache("off", environment).directory());
  }

  private static WeightCacheSettings cache(String where, Map<String, String> environment) {
    return WeightCacheSettings.of(where, 1, 1, environment, "/h");
  }

  @Test
  void templatesMayBeAsLongAsAnArray() throws IOException {
    Optional<Path> file = file("lorikeet.requests.template-bytes-max = 2147483647");

    assertEquals(
        Integer.MAX_VALUE, SettingsReader.read(file, Map.of()).requests().templateBytesMax());
  }

  @Test
  void weightsOfPrincipalsMayHaveAnyName() throws IOException {
    Optional<Path> file = file("lorikeet.schedule.weights { \"team.a\" = 2, b = 0.5 }");

    ScheduleSettings schedule = SettingsReader.read(file, Map.of()).schedule();

    assertEquals(2, schedule.weight("team.a"));
    assertEquals(0.5, schedule.weight("b"));
    assertEquals(1, schedule.weight("c"));
  }

  @ParameterizedTest
  @CsvSource({
    "lorikeet.server.prot = 1, lorikeet.server.prot",
    "lorikeet.sever.port = 1, lorikeet.sever.port",
    "server.port = 1, server.port",
    "lorikeet.server.port = -1, server.port",
    "lorikeet.server.port = 65536, server.port",
    "lorikeet.server.port = many, port",
    "lorikeet.server.keep-alive = 0s, server.keep-alive",
    "lorikeet.engine.rows-max = 0, engine.rows-max",
    "lorikeet.engine.kernels = fast, engine.kernels",
    "lorikeet.schedule.weights { a = 0 }, weight of `a`",
    "lorikeet.requests.choices-max = 0, requests.choices-max",
    "lorikeet.adapters.loads-max = 0, adapters.loads-max",
    "lorikeet.responses.bytes-max = -1, bytes-max",
    "lorikeet.responses.kept = 0s, responses.kept",
    "lorikeet.responses.background-max = -1, responses.background-max",
    "lorikeet.responses.session-max = -1, responses.session-max",
    "lorikeet.socket.lanes-max = 0, socket.lanes-max",
    "lorikeet.socket.queued-max = -1, socket.queued-max",
    "lorikeet.socket.queued-bytes-max = -1, queued-bytes-max",
    "lorikeet.socket.message-bytes-max = 0, socket.message-bytes-max",
    "lorikeet.socket.message-bytes-max = 1073741825, socket.message-bytes-max",
    "lorikeet.socket.idle = 0s, socket.idle",
    "lorikeet.socket.ping = 0s, socket.ping",
    "lorikeet.socket.pong-wait = 0s, socket.pong-wait",
    "lorikeet.socket.close-wait = 0s, socket.close-wait",
    "lorikeet.socket.principal-max = 0, socket.principal-max",
    "lorikeet.requests.tools-max = -1, requests.tools-max",
    "lorikeet.requests.tools-bytes-max = 0, requests.tools-bytes-max",
    "lorikeet.requests.tool-calls-max = 0, requests.tool-calls-max",
    "lorikeet.requests.tool-call-characters-max = 0, requests.tool-call-characters-max",
    "lorikeet.model.tool-calls = Hermes, model.tool-calls",
    "lorikeet.requests.prompt-tokens-max = -1, requests.prompt-tokens-max",
    "lorikeet.requests.total-tokens-max = -1, requests.total-tokens-max",
    "lorikeet.requests.concurrent-max = -1, requests.concurrent-max",
    "'lorikeet.requests { prompt-tokens-max = 9, total-tokens-max = 9 }',"
        + " requests.prompt-tokens-max",
    "lorikeet.engine.kv-tokens = -1, engine.kv-tokens",
    "lorikeet.engine.graphs = 3, graphs",
    "lorikeet.engine.device = gpu, engine.device",
    "lorikeet.engine.weights = gptq, engine.weights",
    "lorikeet.engine.numerics = fast, engine.numerics",
    "lorikeet.engine.numerics = int8, engine.numerics",
    "'lorikeet.engine { numerics = bf16, weights = q8 }', engine.numerics",
    "lorikeet.engine.weights-of { down = q5 }, engine.weights-of.down",
    "lorikeet.engine.weights-of { head = q4 }, engine.weights-of.head",
    "lorikeet.engine.weights-cache = \"\", engine.weights-cache",
    "lorikeet.engine.weights-cache-bytes = -1, weights-cache-bytes",
    "lorikeet.engine.weights-cache-min = -1, weights-cache-min",
    "lorikeet.engine.weights-memory = huge, engine.weights-memory",
    "lorikeet.requests.template-bytes-max = 2GiB, requests.template-bytes-max",
    "lorikeet.requests.tools-bytes-max = 2GiB, requests.tools-bytes-max",
    "'lorikeet.engine { kv-tokens = 16, kv-bytes = 1 }', engine.kv-tokens",
  })
  void aWrongKeyOrValueIsRefusedByName(String text, String named) throws IOException {
    Optional<Path> file = file(text);

    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> SettingsReader.read(file, Map.of()));

    assertTrue(String.valueOf(e.getMessage()).contains(named), e.getMessage());
  }

  @Test
  void limitsOfRequestsAreThoseOfTheModelOrLess() {
    RequestSettings open = SettingsReader.defaults().requests();
    RequestSettings tight =
        SettingsReader.read(
                Optional.empty(),
                Map.of(
                    "requests.prompt-tokens-max", 10,
                    "requests.total-tokens-max", 20,
                    "requests.concurrent-max", 5))
            .requests();

    assertEquals(100, open.totalTokens(100));
    assertEquals(99, open.promptTokens(100));
    assertEquals(1088, open.concurrent(1088));
    assertEquals(20, tight.totalTokens(100));
    assertEquals(15, tight.totalTokens(15));
    assertEquals(10, tight.promptTokens(20));
    assertEquals(7, tight.promptTokens(8));
    assertEquals(5, tight.concurrent(1088));
    assertEquals(3, tight.concurrent(3));
  }

  @Test
  void oneStartShowsAllThatIsWrong() throws IOException {
    Optional<Path> file =
        file("lorikeet { server.port = -1, engine.seats = 0, adapters.load-tries = 0 }");

    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> SettingsReader.read(file, Map.of()));

    assertEquals(3, String.valueOf(e.getMessage()).lines().count(), e.getMessage());
  }

  @Test
  void aFileThatIsNotThereIsRefused() {
    Optional<Path> missing = Optional.of(folder.resolve("none.conf"));

    assertThrows(IllegalArgumentException.class, () -> SettingsReader.read(missing, Map.of()));
  }

  private Optional<Path> file(String text) throws IOException {
    return Optional.of(Files.writeString(folder.resolve("server.conf"), text));
  }
}
