package io.lorikeet.cli.lorax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class LoraxOptionsTest {
  private static final int FLAGS = 66;

  static List<LoraxFlag> flags() {
    return LoraxFlags.ALL;
  }

  @Test
  void everyFlagStandsThereOnce() {
    Set<String> names = new HashSet<>();
    LoraxFlags.ALL.forEach(flag -> names.add(flag.name()));

    assertEquals(FLAGS, names.size());
    assertEquals(FLAGS, LoraxFlags.ALL.size());
  }

  @ParameterizedTest
  @MethodSource("flags")
  void aFlagIsAcceptedOrRefusedByName(LoraxFlag flag) {
    String[] words =
        switch (flag.kind()) {
          case SWITCH -> new String[] {flag.name()};
          case BOOLEAN -> new String[] {flag.name(), "true"};
          case COUNT -> new String[] {flag.name() + "=7"};
          case NUMBER -> new String[] {flag.name(), "0.5"};
          case WORD, WORDS -> new String[] {flag.name(), "word"};
        };
    if (flag.effect() instanceof Effect.Refused(String why, _)) {
      String message = refused(Map.of(), words);
      assertTrue(message.contains("`" + flag.name() + "`") && message.contains(why), message);
    } else if (flag.effect() instanceof Effect.Chooses chooses) {
      String message = refused(Map.of(), words);
      assertTrue(message.contains(chooses.why()) && message.contains("word"), message);
    } else {
      assertEquals(setsSomething(flag), !read(Map.of(), words).settings().isEmpty());
    }
  }

  private static boolean setsSomething(LoraxFlag flag) {
    return flag.effect() instanceof Effect.Sets || flag.effect() instanceof Effect.Switches;
  }

  @ParameterizedTest
  @MethodSource("flags")
  void whatAFlagSetsIsASetting(LoraxFlag flag) {
    String value = flag.kind() == LoraxFlag.Kind.COUNT ? "7" : "http://origin";
    String[] words =
        flag.kind() == LoraxFlag.Kind.SWITCH
            ? new String[] {flag.name()}
            : new String[] {flag.name(), value};
    if (setsSomething(flag)) {
      Map<String, Object> settings = read(Map.of(), words).settings();

      Settings read = SettingsReader.read(Optional.empty(), settings);

      boolean usual = flag.name().equals("--compile"); // graphs are on anyway
      assertEquals(usual, read.equals(SettingsReader.defaults()), settings.toString());
    }
  }

  @Test
  void graphsAreOnUnlessTheyAreTurnedOff() {
    assertEquals(Map.of("engine.graphs", "true"), read(Map.of(), "--compile").settings());
    assertEquals(
        Map.of("engine.graphs", "false"), read(Map.of(), "--eager", "--compile").settings());
  }

  @Test
  void limitsAreThoseOfTheFlags() {
    Map<String, Object> settings =
        read(
                Map.of(),
                "--max-best-of=3",
                "--max-stop-sequences",
                "5",
                "--max-input-length=100",
                "--max-total-tokens=200",
                "--max-concurrent-requests=9",
                "--max-batch-total-tokens=4096",
                "--max-active-adapters=6")
            .settings();
    Settings read = SettingsReader.read(Optional.empty(), settings);

    assertEquals(3, read.requests().choicesMax());
    assertEquals(5, read.requests().stopsMax());
    assertEquals(100, read.requests().promptTokensMax());
    assertEquals(200, read.requests().totalTokensMax());
    assertEquals(9, read.requests().concurrentMax());
    assertEquals(9, read.schedule().waitingMax());
    assertEquals(4096, read.engine().kvTokens());
    assertEquals(6, read.engine().slots());
  }

  @ParameterizedTest
  @CsvSource({"q8", "q4"})
  void weightsAreQuantisedAtStart(String format) {
    Map<String, Object> settings = read(Map.of(), "--quantize", format).settings();

    assertEquals(Map.of("engine.weights", format), settings);
    assertEquals(format, SettingsReader.read(Optional.empty(), settings).engine().weights());
  }

  @ParameterizedTest
  @CsvSource({
    "bitsandbytes",
    "bitsandbytes-nf4",
    "bitsandbytes-fp4",
    "gptq",
    "awq",
    "eetq",
    "hqq-4bit",
    "fp8",
    "Q8",
    "stored"
  })
  void otherWaysToQuantiseAreRefusedByName(String format) {
    String message = refused(Map.of(), "--quantize", format);

    assertTrue(message.startsWith("`--quantize` must be q8 or q4"), message);
    assertTrue(message.endsWith("Given: " + format), message);
  }

  @Test
  void aFlagOfSeveralWordsMayStandSeveralTimes() {
    LoraxArguments given =
        read(Map.of(), "--preloaded-adapter-ids", "a", "--preloaded-adapter-ids=b");

    assertEquals(List.of("a", "b"), given.preloadedAdapters());
  }

  @ParameterizedTest
  @CsvSource({
    "--max-best-of, many",
    "--max-best-of, -1",
    "--waiting-served-ratio, 1.2.3",
    "--eager-prefill, perhaps",
  })
  void aValueOfTheWrongKindIsRefusedByName(String flag, String value) {
    String message = refused(Map.of(), flag + "=" + value);

    assertTrue(message.contains("`" + flag + "`") && message.contains(value), message);
  }

  @ParameterizedTest
  @CsvSource({
    "--source, hub",
    "--num-shard, 1",
    "--sharded, False",
    "--adapter-source, local",
    "--cors-allow-header, *",
  })
  void aValueThatChangesNothingIsAccepted(String flag, String value) {
    assertEquals(Map.of(), read(Map.of(), flag, value).settings());
  }

  @Test
  void variablesCountOnlyWhereTheyAreAskedFor() {
    Map<String, String> variables = Map.of("MAX_BEST_OF", "3", "HOSTNAME", "box", "PORT", "81");
    Map<String, String> asked = new HashMap<>(variables);
    asked.put(LoraxOptions.VARIABLE, "true");

    assertEquals(Map.of(), read(variables).settings());
    assertEquals(Map.of("requests.choices-max", "3", "server.port", "81"), read(asked).settings());
    assertEquals("4", read(asked, "--max-best-of", "4").settings().get("requests.choices-max"));
    asked.put("QUANTIZE", "awq");
    assertTrue(refused(asked).contains("`--quantize`"));
  }

  @Test
  void optionsOfTheCommandItselfStay() {
    CommandSpec command = CommandSpec.create();
    command.addOption(OptionSpec.builder("--port").type(int.class).build());
    new LoraxOptions().transform(command);
    Map<String, String> variables = Map.of(LoraxOptions.VARIABLE, "true", "PORT", "81");

    CommandLine.ParseResult parsed = new CommandLine(command).parseArgs("--port", "82");

    assertEquals(Map.of(), LoraxOptions.read(parsed, variables).settings());
  }

  private static LoraxArguments read(Map<String, String> environment, String... words) {
    CommandSpec command = CommandSpec.create();
    new LoraxOptions().transform(command);
    return LoraxOptions.read(new CommandLine(command).parseArgs(words), environment);
  }

  private static String refused(Map<String, String> environment, String... words) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> read(environment, words)).getMessage());
  }
}
