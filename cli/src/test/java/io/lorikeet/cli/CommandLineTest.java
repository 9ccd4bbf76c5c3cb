package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class CommandLineTest {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));

  private record Outcome(int exitCode, String err) {}

  static Stream<Path> brokenModels() throws IOException {
    try (Stream<Path> folders = Files.list(ROOT.resolve("fixtures/invalid-models"))) {
      // The link of this one must be made first; the model folder's own tests do that.
      return folders
          .filter(f -> Files.isDirectory(f) && !f.endsWith("symlink-outside"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("brokenModels")
  void aBrokenModelFolderIsOneLineAndExitCodeTwo(Path folder) {
    Outcome outcome = run("serve", "--port", "0", "--model", folder.toString());

    assertEquals(2, outcome.exitCode, outcome.err);
    assertEquals(1, outcome.err.lines().count(), outcome.err);
    assertTrue(outcome.err.startsWith("lorikeet: model_"), outcome.err);
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    Outcome outcome = run("serve", "--model", "no/such/folder");

    assertEquals(2, outcome.exitCode);
    assertTrue(outcome.err.contains("no/such/folder"), outcome.err);
  }

  @Test
  void adaptersThatAreNotThereAreNamed() {
    Outcome outcome = run("serve", "--adapters", "x=no/such/folder");

    assertEquals(2, outcome.exitCode);
    assertTrue(outcome.err.contains("x=no/such/folder"), outcome.err);
  }

  @Test
  void aMistypedSettingIsNamed(@TempDir Path folder) throws IOException {
    Path config = Files.writeString(folder.resolve("server.conf"), "lorikeet.engine.thread = 2");
    Outcome outcome = run("serve", "--config", config.toString());

    assertEquals(2, outcome.exitCode);
    assertTrue(outcome.err.contains("lorikeet.engine.thread"), outcome.err);
  }

  @Test
  void anAddressThatIsTakenIsOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      Outcome outcome =
          run("serve", "--port", port, "--model", ROOT.resolve("models/demo").toString());

      assertEquals(2, outcome.exitCode, outcome.err);
      assertTrue(outcome.err.contains("127.0.0.1:" + port), outcome.err);
      assertEquals(1, outcome.err.lines().count(), outcome.err);
    }
  }

  @Test
  void anUnknownOptionShowsWhatThereIs() {
    Outcome outcome = run("serve", "--modle", "x");

    assertEquals(2, outcome.exitCode);
    assertTrue(outcome.err.contains("--modle"), outcome.err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--quantize awq|`--quantize`",
        "--max-best-of many|`--max-best-of`",
        "--max-input-length 10 --max-total-tokens 10|`requests.prompt-tokens-max`",
        "--host 127.0.0.1 --hostname 127.0.0.1|`--hostname`",
        "--model models/demo --model-id models/demo|`--model`",
        "--model-id mistralai/Mistral-7B|mistralai/Mistral-7B",
        "--port 0 --preloaded-adapter-ids nobody|nobody",
      })
  void aFlagOfLoraxThatCannotBeKeptIsOneLineAndExitCodeTwo(String words, String named) {
    String model = words.contains("--model") ? "" : " --model " + ROOT.resolve("models/demo");
    Outcome outcome = run(("serve" + model + " " + words).split(" "));

    assertEquals(2, outcome.exitCode, outcome.err);
    assertEquals(1, outcome.err.lines().count(), outcome.err);
    assertTrue(outcome.err.contains(named), outcome.err);
  }

  @Test
  void theHelpGroupsTheFlagsOfLorax() {
    Console.Outcome outcome = Console.run("serve", "--help");

    assertEquals(0, outcome.exitCode());
    String refused = outcome.out().substring(outcome.out().indexOf("flags that are refused:"));
    assertTrue(outcome.out().indexOf("--adapters") < outcome.out().indexOf("LoRAX's names:"));
    assertTrue(refused.contains("--dtype") && !refused.contains("--quantize"), refused);
  }

  @Test
  void withoutACommandTheUsageIsShown() {
    Outcome outcome = run();

    assertEquals(2, outcome.exitCode);
    assertTrue(outcome.err.contains("serve"), outcome.err);
  }

  @Test
  void theLauncherFindsAJdkWhateverJavaHomeSays() throws IOException, InterruptedException {
    ProcessBuilder shell =
        new ProcessBuilder(
            "sh", "-c", ". .mvn/jdk.sh && find_jdk && \"$JAVA_HOME/bin/java\" -version");
    shell.directory(ROOT.toFile()).redirectErrorStream(true);
    shell.environment().put("JAVA_HOME", "/nowhere");
    Process process = shell.start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

    assertEquals(0, process.waitFor(), said);
    assertTrue(said.contains("version \"2") || said.contains("version \"3"), said);
  }

  private static Outcome run(String... args) {
    StringWriter err = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setErr(new PrintWriter(err));
    int exitCode = line.execute(args);
    assertTrue(err.toString().length() > 0 || exitCode == 0, Arrays.toString(args));
    return new Outcome(exitCode, err.toString());
  }
}
