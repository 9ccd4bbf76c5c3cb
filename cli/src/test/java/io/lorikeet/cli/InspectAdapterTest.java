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
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class InspectAdapterTest {
  private static final Path LLAMA = InspectFixtures.model("llama");

  @Test
  void aDemoAdapterIsSaidInText() {
    Path folder = DEMO.resolve("adapters/pirate");
    Outcome outcome = inspect(DEMO, folder);

    assertEquals(0, outcome.exitCode(), outcome.err());
    assertEquals(
        List.of(
            folder + ": adapter of demo, OK",
            "  method       LoRA",
            "  modules      q, k, v, o, gate, up, down",
            "  layers       4 of 4: 0..3",
            "  rank         16",
            "  alpha        32",
            "  scale        2",
            "  composes     yes",
            "  files        616.2 KiB",
            // 16 x 4 layers x (512 + 2 x 384 + 512 + 3 x 1024) numbers of 2 bytes
            "  image        608.0 KiB in memory, 8.5 % of the weights",
            "  generation   " + json(DEMO, folder).path("generation").asText()),
        outcome.out().lines().toList());
  }

  @Test
  void theEmbeddedDemoIsTheModelWhereNoneIsNamed() {
    String home = System.getProperty("lorikeet.home", ".");
    System.setProperty("lorikeet.home", ROOT.toString());
    try {
      Outcome outcome = Console.run("inspect", DEMO.resolve("adapters/json").toString());

      assertEquals(0, outcome.exitCode(), outcome.err());
      assertTrue(outcome.out().contains(": adapter of demo, OK"), outcome.out());
    } finally {
      System.setProperty("lorikeet.home", home);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "qv-r4, LoRA, '[\"q\",\"v\"]', '[0,1]', '[4]'",
    "rslora-r16, rsLoRA, '[\"q\",\"k\",\"v\",\"o\",\"gate\",\"up\",\"down\"]', '[0,1]', '[16]'",
    "dora-rslora-r5, rsLoRA + DoRA, '[\"q\",\"down\"]', '[0,1]', '[5]'",
    "layer-1-only, LoRA, '[\"q\",\"k\",\"v\",\"o\"]', '[1]', '[8]'",
    "patterns, LoRA, '[\"q\",\"k\",\"v\",\"o\",\"gate\",\"up\",\"down\"]', '[0,1]', '[3,4,5,12]'",
  })
  void whatAnAdapterTouchesIsReadFromItsTensors(
      String name, String method, String modules, String layers, String ranks) {
    JsonNode adapter = json(LLAMA, LLAMA.resolve("adapters").resolve(name));

    assertTrue(adapter.path("ok").asBoolean(), adapter.toString());
    assertEquals(method, adapter.path("method").asText());
    assertEquals(modules, adapter.path("modules").toString());
    assertEquals(layers, adapter.path("layers").toString());
    assertEquals(2, adapter.path("layers_total").asInt());
    assertEquals(ranks, adapter.path("ranks").toString());
  }

  @ParameterizedTest
  @CsvSource({
    "attention-r8, '[\"q\",\"k\",\"v\",\"o\"]', '[8]'",
    "router-r4, '[\"q\",\"router\"]', '[4]'",
    "experts-r4, '[\"q\",\"expert_gate\",\"expert_up\",\"expert_down\"]', '[4]'",
    "experts-and-router, '[\"q\",\"k\",\"v\",\"o\",\"router\",\"expert_gate\",\"expert_up\",\"expert_down\"]', '[2,4]'",
  })
  void expertsAndRoutersStandBehindTheLayersOfAllRows(String name, String modules, String ranks) {
    Path mixtral = ROOT.resolve("fixtures/models/mixtral");
    JsonNode adapter = json(mixtral, mixtral.resolve("adapters").resolve(name));

    assertTrue(adapter.path("ok").asBoolean(), adapter.toString());
    assertEquals(modules, adapter.path("modules").toString());
    assertEquals(ranks, adapter.path("ranks").toString());
  }

  @ParameterizedTest
  @CsvSource({
    "llama, qv-r4, '', true",
    "llama, dora-r8, '', false",
    "llama, embed-and-head, 'embedding (replaced, updated), head (replaced, updated)', false",
    "llama, save-embed-and-head, 'embedding (replaced), head (replaced)', false",
    "llama-tied-rope3, tied-embed, embedding (updated), true",
    "llama, save-norm, norms, false",
    "llama, trainable-tokens, embedding (3 rows), false",
    "llama-biases, bias-all, biases, true",
    "llama-biases, bias-lora-only, biases, true",
    "mixtral, experts-and-router, '', true",
  })
  void whatItChangesBesideLinearLayersIsSaid(
      String model, String name, String changes, boolean composes) {
    Path folder = InspectFixtures.model(model).resolve("adapters").resolve(name);
    JsonNode adapter = json(InspectFixtures.model(model), folder);

    assertTrue(adapter.path("ok").asBoolean(), adapter.toString());
    assertEquals(changes, joined(adapter.path("changes")), name);
    assertEquals(composes, adapter.path("composes").asBoolean(), name);
    String text = inspect(InspectFixtures.model(model), folder).out();
    assertEquals(!changes.isEmpty(), text.contains("  changes      " + changes), text);
    assertTrue(text.contains("  composes     " + (composes ? "yes" : "no: alone")), text);
  }

  @Test
  void whatWakesAnAdapterIsSaid() {
    Path folder = LLAMA.resolve("adapters/alora");
    JsonNode adapter = json(LLAMA, folder);

    assertFalse(adapter.path("invocation_tokens").isEmpty());
    assertFalse(adapter.path("composes").asBoolean());
    String text = inspect(LLAMA, folder).out();
    String tokens = joined(adapter.path("invocation_tokens"));
    assertTrue(text.contains("  invoked by   tokens " + tokens), text);
  }

  private static String joined(JsonNode list) {
    return list.valueStream().map(JsonNode::asText).collect(Collectors.joining(", "));
  }

  @Test
  void exceptionsByPatternStandBesideTheRule() {
    Path folder = LLAMA.resolve("adapters/patterns");
    JsonNode adapter = json(LLAMA, folder);

    assertEquals(3, adapter.at("/rank_pattern/q_proj").asInt());
    assertEquals(40, adapter.at("/alpha_pattern/down_proj").asInt());
    assertEquals(2, adapter.path("scale").asDouble());
    String text = inspect(LLAMA, folder).out();
    assertTrue(text.contains("  rank         3..12 ("), text);
    assertTrue(text.contains("q_proj: 3"), text);
    assertTrue(text.contains("down_proj: 40"), text);
  }

  @Test
  void bytesAreThoseOfFilesAndImage() throws IOException {
    Path folder = LLAMA.resolve("adapters/qv-r4");
    JsonNode adapter = json(LLAMA, folder);

    long files =
        Files.size(folder.resolve("adapter_config.json"))
            + Files.size(folder.resolve("adapter_model.safetensors"));
    assertEquals(files, adapter.path("file_bytes").asLong());
    // rank 4 on q (64 + 64) and v (64 + 32) of 2 layers, F16
    assertEquals(2 * 4 * (128 + 96) * 2, adapter.path("image_bytes").asLong());
  }

  @Test
  void theGenerationFollowsTheBytes(@TempDir Path temp) throws IOException {
    Path folder = LLAMA.resolve("adapters/qv-r4");
    Path copy = InspectFixtures.copy(folder, temp.resolve("copy"));
    String generation = json(LLAMA, folder).path("generation").asText();

    assertEquals(64, generation.length());
    assertEquals(generation, json(LLAMA, copy).path("generation").asText());
    Path config = copy.resolve("adapter_config.json");
    Files.writeString(config, Files.readString(config) + "\n");
    assertFalse(generation.equals(json(LLAMA, copy).path("generation").asText()));
  }

  @Test
  void anotherBaseNameIsAWarning(@TempDir Path temp) {
    Path other = InspectFixtures.copy(DEMO, temp.resolve("other"));
    Path folder = DEMO.resolve("adapters/shout");
    JsonNode adapter = json(other, folder);

    assertTrue(adapter.path("ok").asBoolean());
    assertEquals("DoRA", adapter.path("method").asText());
    assertEquals(
        "the adapter was made for `lorikeet/demo`; the base is `other`",
        adapter.path("warnings").path(0).asText());
    assertTrue(inspect(other, folder).out().contains("  warning      the adapter was made for"));
  }

  @Test
  void anAdapterWithAnotherTokenizerIsRefusedAndItsTemplateIsAWarning(@TempDir Path temp)
      throws IOException {
    Path folder = InspectFixtures.copy(DEMO.resolve("adapters/brief"), temp.resolve("brief"));
    Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages }}");
    JsonNode warned = json(DEMO, folder);
    assertTrue(warned.path("ok").asBoolean(), warned.toString());
    assertEquals(
        "it has a chat template of its own; the base's is used",
        warned.path("warnings").path(0).asText());

    Files.writeString(folder.resolve("added_tokens.json"), "{\"<pad>\": 2048}");
    JsonNode refused = json(DEMO, folder);
    assertEquals("adapter_tokenizer_mismatch", refused.at("/refusal/code").asText());
    assertTrue(refused.at("/refusal/message").asText().contains("`<pad>`"), refused.toString());
  }

  @Test
  void anAdapterOfAnotherModelIsRefused() {
    Outcome outcome = inspect(LLAMA, DEMO.resolve("adapters/pirate"));

    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.out().contains(": adapter of llama, refused"), outcome.out());
    assertTrue(outcome.out().contains("  refused      adapter_"), outcome.out());
  }

  static Stream<Path> defectiveAdapters() {
    return InspectFixtures.defective("invalid-adapters");
  }

  @ParameterizedTest
  @MethodSource("defectiveAdapters")
  void aDefectiveAdapterIsRefusedWithItsCode(Path folder) {
    Outcome outcome =
        Console.run("inspect", "--json", "--model", LLAMA.toString(), folder.toString());
    JsonNode report = outcome.json().getFirst();
    String code = report.at("/refusal/code").asText();

    assertEquals(2, outcome.exitCode());
    assertEquals("adapter", report.path("kind").asText());
    assertFalse(report.path("ok").asBoolean());
    assertTrue(InspectFixtures.expectedCodes(folder).contains(code), report.toString());
    assertFalse(report.at("/refusal/message").asText().isEmpty());
    assertTrue(report.path("generation").isMissingNode());
  }

  @Test
  void aFolderOfAdaptersIsALineEach() {
    Outcome outcome = inspect(DEMO, DEMO.resolve("adapters"));

    assertEquals(0, outcome.exitCode(), outcome.err());
    assertEquals(
        List.of(
            DEMO.resolve("adapters") + ": 5 of 5 adapters fit demo",
            "  brief   OK  LoRA, rank 4, 76.0 KiB",
            "  emoji   OK  rsLoRA, rank 16, 608.0 KiB",
            "  json    OK  LoRA, rank 8, 304.0 KiB",
            "  pirate  OK  LoRA, rank 16, 608.0 KiB",
            "  shout   OK  DoRA, rank 8, 344.0 KiB"),
        outcome.out().lines().toList());
  }

  @Test
  void refusedAdaptersOfAFolderShowTheirCodes(@TempDir Path temp) {
    InspectFixtures.copy(LLAMA.resolve("adapters/r1"), temp.resolve("owner/good"));
    InspectFixtures.copy(LLAMA.resolve("adapters/r1"), temp.resolve("a name"));
    InspectFixtures.copy(ROOT.resolve("fixtures/invalid-adapters/rank-zero"), temp.resolve("zero"));
    Outcome outcome = inspect(LLAMA, temp);

    assertEquals(2, outcome.exitCode());
    List<String> lines = outcome.out().lines().toList();
    assertEquals(temp + ": 1 of 3 adapters fit llama", lines.get(0));
    assertEquals("  a name      adapter_name_invalid", lines.get(1));
    assertTrue(lines.get(2).startsWith("  owner/good  OK  LoRA, rank 1, "), lines.get(2));
    assertEquals("  zero        adapter_config_invalid", lines.get(3));
  }

  @Test
  void anAdapterThatLiesElsewhereIsRefusedAsTheServerDoes(@TempDir Path temp) throws IOException {
    Path elsewhere = InspectFixtures.copy(LLAMA.resolve("adapters/r1"), temp.resolve("b/r1"));
    Path root = Files.createDirectories(temp.resolve("root"));
    Files.createSymbolicLink(root.resolve("linked"), elsewhere);

    JsonNode report = json(LLAMA, root);
    assertEquals("adapters", report.path("kind").asText());
    assertEquals("adapter_path_forbidden", report.at("/adapters/0/refusal/code").asText());
  }

  @Test
  void jsonOfAFolderHasTheObjectsOfItsAdapters() {
    JsonNode report = json(DEMO, DEMO.resolve("adapters"));

    assertEquals(5, report.path("adapters").size());
    assertEquals(json(DEMO, DEMO.resolve("adapters/brief")), report.path("adapters").path(0));
    assertEquals(
        Set.of("folder", "kind", "ok", "base", "adapters"),
        Set.copyOf(report.properties().stream().map(e -> e.getKey()).toList()));
  }

  @Test
  void aModelThatIsBrokenEndsTheInspectionOfAdapters() {
    Outcome outcome =
        inspect(ROOT.resolve("fixtures/invalid-models/tensor-missing"), DEMO.resolve("adapters"));

    assertEquals(2, outcome.exitCode());
    assertEquals("", outcome.out());
    assertTrue(outcome.err().startsWith("lorikeet: model_tensor_missing: "), outcome.err());
  }

  private static Outcome inspect(Path model, Path folder) {
    return Console.run("inspect", "--model", model.toString(), folder.toString());
  }

  private static JsonNode json(Path model, Path folder) {
    List<JsonNode> objects =
        Console.run("inspect", "--json", "--model", model.toString(), folder.toString()).json();
    assertEquals(1, objects.size());
    return objects.getFirst();
  }
}
