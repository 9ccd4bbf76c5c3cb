package io.lorikeet.cli;

import static io.lorikeet.cli.InspectFixtures.DEMO;
import static io.lorikeet.cli.InspectFixtures.ROOT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.cli.Console.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InspectModelTest {
  // Rank 16 on everything: q 256 + 256, k and v 256 + 128, o 256 + 256, feed-forward 256 + 768.
  private static final long DEMO_ADAPTER = 16L * 4 * (512 + 2 * 384 + 512 + 3 * 1024) * 2;

  @Test
  void theDemoIsSaidInText() {
    Outcome outcome = Console.run("inspect", DEMO.toString(), "--memory", "8GiB");

    assertEquals(0, outcome.exitCode(), outcome.err());
    assertEquals("", outcome.err());
    List<String> lines = outcome.out().lines().toList();
    assertEquals(DEMO + ": model, OK", lines.getFirst());
    for (String line :
        List.of(
            "  type         llama",
            "  parameters   3,672,320 (3.7M)",
            "  stored       7.0 MiB, BF16",
            "  layers       4, hidden 256, feed-forward 768",
            "  heads        4 of 64, 2 for keys and values",
            "  vocabulary   2,048, head tied to the embedding",
            "  context      2,048 tokens",
            "  ends with    2, 0",
            "  weights      7.0 MiB in memory",
            "  KV cache     4.0 KiB per token, 3.9 MiB per 1,000 tokens",
            "  fits         into 8.0 GiB of memory:",
            "               131,072 tokens of KV cache (512.0 MiB)",
            "               3,449 adapters of rank 16 on all linear layers (608.0 KiB each, in 2.0 GiB)",
            "  tokenizer    2,048 tokens",
            "  template     compiles")) {
      assertTrue(lines.contains(line), line + " is not in\n" + outcome.out());
    }
  }

  @Test
  void theDemoHasTheseKeys() {
    JsonNode demo = json(0, DEMO.toString());
    List<String> keys = new ArrayList<>();
    demo.fieldNames().forEachRemaining(keys::add);
    List<String> fit = new ArrayList<>();
    demo.path("fit").fieldNames().forEachRemaining(fit::add);

    assertEquals(
        List.of(
            "folder",
            "kind",
            "ok",
            "name",
            "model_type",
            "fingerprint",
            "parameters",
            "stored_bytes",
            "parameters_by_dtype",
            "layers",
            "hidden_size",
            "intermediate_size",
            "heads",
            "kv_heads",
            "head_dim",
            "vocab_size",
            "tied_embeddings",
            "context_max",
            "eos_token_ids",
            "weight_bytes",
            "workspace_bytes",
            "kv_bytes_per_token",
            "kv_bytes_per_1000_tokens",
            "tokenizer",
            "chat_template",
            "fit",
            "warnings"),
        keys);
    assertEquals(
        List.of(
            "memory_bytes",
            "kv_tokens",
            "kv_bytes",
            "adapter_rank",
            "adapter_bytes",
            "adapter_budget_bytes",
            "adapters"),
        fit);
  }

  @ParameterizedTest
  @CsvSource({
    // keys and values: 2 x kv heads x 16 x layers x 4 bytes
    "llama,            102592, F32,  4, 512",
    "llama-sharded,    147600, F16,  2, 1280",
    "llama-tied-rope3, 106048, BF16, 2, 384",
  })
  void sizesAreThoseOfTheArchitecture(
      String name, long parameters, String dtype, int bytes, long kvBytesPerToken) {
    JsonNode model = json(0, InspectFixtures.model(name).toString());

    assertTrue(model.path("ok").asBoolean());
    assertEquals(parameters, model.path("parameters").asLong());
    assertEquals(parameters, model.at("/parameters_by_dtype/" + dtype).asLong());
    assertEquals(parameters * bytes, model.path("stored_bytes").asLong());
    assertEquals(kvBytesPerToken, model.path("kv_bytes_per_token").asLong());
    assertEquals(1000 * kvBytesPerToken, model.path("kv_bytes_per_1000_tokens").asLong());
  }

  static Stream<Path> goldenModels() throws IOException {
    try (Stream<Path> folders = Files.list(ROOT.resolve("fixtures/models"))) {
      return folders.filter(Files::isDirectory).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("goldenModels")
  void everyGoldenModelFitsAndItsParametersFillItsFiles(Path folder) {
    JsonNode model = json(0, folder.toString(), "--memory", "1GiB");
    long bytes = 0;
    for (Map.Entry<String, JsonNode> type : model.path("parameters_by_dtype").properties()) {
      bytes += type.getValue().asLong() * (type.getKey().equals("F32") ? 4 : 2);
    }

    assertEquals(bytes, model.path("stored_bytes").asLong());
    assertTrue(model.at("/fit/adapters").asLong() > 0, model.toString());
  }

  @Test
  void expertsAreCounted() {
    JsonNode mixtral = json(0, InspectFixtures.model("mixtral").toString());

    assertEquals(4, mixtral.path("experts").asInt());
    assertEquals(2, mixtral.path("experts_per_token").asInt());
  }

  @Test
  void adviceThatIsNotFollowedIsAWarning(@TempDir Path temp) throws IOException {
    Path folder = InspectFixtures.copy(InspectFixtures.model("llama"), temp.resolve("llama"));
    Path file = folder.resolve("generation_config.json");
    Files.writeString(file, "{\"num_beams\": 4}");
    assertTrue(json(0, folder.toString()).path("warnings").toString().contains("num_beams"));

    Files.writeString(file, "{\"temperature\": -1}");
    assertEquals("model_config_invalid", json(2, folder.toString()).at("/refusal/code").asText());
  }

  @Test
  void halfOfWhatWeightsLeaveIsKvCacheAndAdaptersGetTheRest() {
    long memory = 16L << 20;
    JsonNode demo = json(0, DEMO.toString(), "--memory", "16MiB");
    JsonNode fit = demo.path("fit");

    // Two bytes for every parameter but those of the norms, which are widened copies.
    assertEquals(2 * (3_672_320 - 9 * 256), demo.path("weight_bytes").asLong());
    long left = memory - demo.path("weight_bytes").asLong() - demo.path("workspace_bytes").asLong();
    long blocks = left / 2 / (16 * 4096);
    assertEquals(memory, fit.path("memory_bytes").asLong());
    assertEquals(16 * blocks, fit.path("kv_tokens").asLong());
    assertEquals(16 * 4096 * blocks, fit.path("kv_bytes").asLong());
    assertEquals(DEMO_ADAPTER, fit.path("adapter_bytes").asLong());
    assertEquals(left - 16 * 4096 * blocks, fit.path("adapter_budget_bytes").asLong());
    assertEquals((left - 16 * 4096 * blocks) / DEMO_ADAPTER, fit.path("adapters").asLong());
    assertTrue(fit.path("adapters").asLong() > 0, fit.toString());
  }

  @Test
  void anotherRankCostsInProportion() {
    JsonNode fit = json(0, DEMO.toString(), "--rank", "64").path("fit");

    assertEquals(64, fit.path("adapter_rank").asInt());
    assertEquals(4 * DEMO_ADAPTER, fit.path("adapter_bytes").asLong());
  }

  @Test
  void theMachinesMemoryIsTakenWhereNoneIsGiven() {
    assertTrue(json(0, DEMO.toString()).at("/fit/memory_bytes").asLong() > 0);
  }

  @Test
  void aModelThatDoesNotFitIsDescribedAndRefused() {
    JsonNode demo = json(2, DEMO.toString(), "--memory", "1MiB");

    assertFalse(demo.path("ok").asBoolean());
    assertEquals("model_memory_exceeded", demo.at("/refusal/code").asText());
    assertEquals(4096, demo.path("kv_bytes_per_token").asLong());
    assertTrue(demo.path("fit").isMissingNode());
  }

  static Stream<Path> defectiveModels() {
    return InspectFixtures.defective("invalid-models");
  }

  @ParameterizedTest
  @MethodSource("defectiveModels")
  void aDefectiveModelIsRefusedWithTheServersWords(Path folder) {
    JsonNode report = json(2, folder.toString());
    Outcome text = Console.run("inspect", folder.toString());
    Outcome serve = Console.run("serve", "--port", "0", "--model", folder.toString());
    String code = report.at("/refusal/code").asText();

    assertTrue(InspectFixtures.expectedCodes(folder).contains(code), report.toString());
    String words = code + ": " + report.at("/refusal/message").asText();
    assertEquals("lorikeet: " + words + System.lineSeparator(), serve.err());
    assertEquals(2, text.exitCode());
    assertEquals(
        List.of(folder + ": model, refused", "  refused      " + words),
        text.out().lines().toList());
  }

  @Test
  void withoutATokenizerThereIsAWarningAndNoRefusal() {
    JsonNode model = json(0, InspectFixtures.model("llama").toString());

    assertFalse(model.at("/tokenizer/present").asBoolean());
    assertFalse(model.at("/chat_template/present").asBoolean());
    assertEquals(
        "without tokenizer.json requests must carry token ids",
        model.path("warnings").path(0).asText());
  }

  @Test
  void aTemplateThatDoesNotCompileRefusesChatsButNotTheModel(@TempDir Path temp)
      throws IOException {
    Path folder = InspectFixtures.copy(DEMO, temp.resolve("demo"));
    Files.writeString(folder.resolve("chat_template.jinja"), "{% for m in messages %}");
    JsonNode report = json(0, folder.toString());

    assertTrue(report.at("/chat_template/present").asBoolean());
    assertEquals("chat_template_invalid", report.at("/chat_template/refusal/code").asText());
    assertTrue(report.path("warnings").path(0).asText().startsWith("chats are refused: "));
  }

  @Test
  void withoutATemplateChatsAreRefused(@TempDir Path temp) throws IOException {
    Path folder = InspectFixtures.copy(DEMO, temp.resolve("demo"));
    Files.delete(folder.resolve("chat_template.jinja"));
    Outcome outcome = Console.run("inspect", folder.toString());

    assertEquals(0, outcome.exitCode());
    assertTrue(outcome.out().contains("  template     none"), outcome.out());
    assertTrue(outcome.out().contains("chat_template_missing"), outcome.out());
  }

  @Test
  void aBrokenTokenizerRefusesTheModelAfterItsDescription(@TempDir Path temp) throws IOException {
    Path folder = InspectFixtures.copy(DEMO, temp.resolve("demo"));
    Files.writeString(folder.resolve("tokenizer.json"), "{");
    JsonNode report = json(2, folder.toString());

    assertEquals("model_tokenizer_invalid", report.at("/refusal/code").asText());
    assertEquals(3_672_320, report.path("parameters").asLong());
    assertTrue(report.path("tokenizer").isMissingNode());
  }

  @Test
  void aFieldThatTheOperatorOverrulesIsNoRefusal(@TempDir Path temp) throws IOException {
    Path folder = InspectFixtures.copy(DEMO, temp.resolve("demo"));
    Path config = folder.resolve("config.json");
    Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"odd\": 7,"));
    Path settings =
        Files.writeString(temp.resolve("a.conf"), "lorikeet.model.accept-fields = [odd]");

    assertEquals(
        "model_field_unsupported", json(2, folder.toString()).at("/refusal/code").asText());
    assertEquals(
        3_672_320,
        json(0, folder.toString(), "--config", settings.toString()).path("parameters").asLong());
  }

  @Test
  void severalFoldersAreSaidOneAfterTheOther() {
    Path llama = InspectFixtures.model("llama");
    Path quantized = ROOT.resolve("fixtures/invalid-models/quantized");
    Outcome text = Console.run("inspect", quantized.toString(), llama.toString());
    Outcome json = Console.run("inspect", "--json", quantized.toString(), llama.toString());

    assertEquals(2, text.exitCode());
    assertTrue(text.out().contains(System.lineSeparator().repeat(2) + llama + ": model, OK"));
    assertEquals(2, json.json().size());
    assertFalse(json.json().get(0).path("ok").asBoolean());
    assertTrue(json.json().get(1).path("ok").asBoolean());
  }

  @Test
  void aFolderThatIsNeitherModelNorAdapterIsOneLine(@TempDir Path empty) {
    Outcome outcome = Console.run("inspect", DEMO.toString(), empty.toString());

    assertEquals(2, outcome.exitCode());
    assertEquals("", outcome.out());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    assertTrue(outcome.err().contains(empty.toString()), outcome.err());
  }

  @Test
  void aFolderThatIsNotThereIsOneLine() {
    Outcome outcome = Console.run("inspect", "no/such/folder");

    assertEquals(2, outcome.exitCode());
    assertEquals("lorikeet: the folder must exist. Given: no/such/folder", outcome.err().strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"8 elephants", "0", "-1GiB", ""})
  void aSizeThatIsNoneIsNamed(String size) {
    Outcome outcome = Console.run("inspect", DEMO.toString(), "--memory", size);

    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("--memory"), outcome.err());
    assertTrue(outcome.err().contains("8GiB"), outcome.err());
  }

  @ParameterizedTest
  @CsvSource({"64MiB, 67108864", "64MB, 64000000", "67108864, 67108864", "0.0625GiB, 67108864"})
  void sizesHaveTheUnitsOfTheSettings(String size, long bytes) {
    assertEquals(
        bytes, json(0, DEMO.toString(), "--memory", size).at("/fit/memory_bytes").asLong());
  }

  @Test
  void aRankBelowOneIsRefused() {
    Outcome outcome = Console.run("inspect", DEMO.toString(), "--rank", "0");

    assertEquals(2, outcome.exitCode());
    assertEquals("lorikeet: `--rank` must be >= 1. Given: 0", outcome.err().strip());
  }

  private static JsonNode json(int exitCode, String... args) {
    List<String> line = new ArrayList<>(List.of("inspect", "--json"));
    line.addAll(List.of(args));
    Outcome outcome = Console.run(line.toArray(String[]::new));
    assertEquals(exitCode, outcome.exitCode(), outcome.err() + outcome.out());
    assertEquals(1, outcome.json().size(), outcome.out());
    return outcome.json().getFirst();
  }
}
