package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.TensorBytes;
import io.lorikeet.kernels.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModelFolderTest {
  @TempDir Path temp;

  @Test
  void everyLlamaOfTheFixturesLoads() {
    List<String> loaded = new ArrayList<>();
    for (String name : Fixtures.folders(Fixtures.path("models"))) {
      if (name.startsWith("llama")) {
        LoadedModel model = ModelFolder.load(Fixtures.path("models", name));
        assertEquals(name, model.name());
        assertEquals(64, model.fingerprint().length());
        assertEquals(model.spec().vocab(), model.weights().embedding().rows());
        loaded.add(name);
      }
    }
    assertEquals(
        List.of(
            "llama",
            "llama-biases",
            "llama-rope-dynamic",
            "llama-rope-linear",
            "llama-rope-yarn",
            "llama-sharded",
            "llama-tied-rope3"),
        loaded);
  }

  @Test
  void tiedHeadIsTheEmbedding() {
    ModelWeights weights = ModelFolder.load(Fixtures.path("models", "llama-tied-rope3")).weights();
    assertSame(weights.embedding(), weights.head());
    assertEquals(DType.BF16, weights.head().dtype());
  }

  @Test
  void biasesAreThereWhereTheConfigSaysSo() {
    LoadedModel biased = ModelFolder.load(Fixtures.path("models", "llama-biases"));
    LoadedModel plain = ModelFolder.load(Fixtures.path("models", "llama"));
    for (Projection projection : biased.spec().projections()) {
      assertEquals(
          biased.spec().outputs(projection),
          biased.weights().bias(1, projection).orElseThrow().length);
      assertEquals(true, plain.weights().bias(1, projection).isEmpty());
    }
  }

  @Test
  void fingerprintIsOfConfigAndTensorHeadersAndNotOfThePlace() throws IOException {
    Path first = copy("a");
    Path second = copy("b");
    Files.writeString(second.resolve("README.md"), "ignored");
    assertEquals(fingerprint(first), fingerprint(second));
    assertNotEquals(
        fingerprint(first),
        ModelFolder.load(Fixtures.path("models", "llama-biases")).fingerprint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "rms_norm_eps": 1e-05          | "rms_norm_eps": 2e-05
          "rope_theta": 10000.0          | "rope_theta": 10001.0
          "max_position_embeddings": 512 | "max_position_embeddings": 513
          "hidden_act": "silu"           | "hidden_act": "gelu"
          "eos_token_id": 2              | "eos_token_id": 3
          """)
  void fingerprintChangesWithEveryConfigValue(String from, String to) throws IOException {
    Path original = copy("a");
    Path changed = copy("b");
    replace(changed.resolve("config.json"), from, to);
    assertNotEquals(fingerprint(original), fingerprint(changed));
  }

  @Test
  void fingerprintChangesWithAStoredType() throws IOException {
    Path first = Fixtures.path("models", "llama-sharded");
    Path folder = Files.createDirectories(temp.resolve("a"));
    for (String name : List.of("config.json", "model.safetensors.index.json")) {
      Files.copy(first.resolve(name), folder.resolve(name));
    }
    for (int i = 1; i <= 6; i++) {
      String shard = "model-0000%d-of-00006.safetensors".formatted(i);
      Files.copy(first.resolve(shard), folder.resolve(shard));
      // Every finite F16 of these files is a finite BF16 as well.
      replaceBytes(folder.resolve(shard), "\"F16\",\"", "\"BF16\",\"");
    }
    LoadedModel changed = ModelFolder.load(folder);
    assertEquals(DType.BF16, changed.weights().head().dtype());
    assertNotEquals(ModelFolder.load(first).fingerprint(), changed.fingerprint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "use_cache": true        | "use_cache": true, "new_knob": 1       | MODEL_FIELD_UNSUPPORTED
          "use_cache": true        | "use_cache": true, "new_knob": false   | MODEL_FIELD_UNSUPPORTED
          "use_cache": true        | "use_cache": true, "use_cache": true   | MODEL_CONFIG_INVALID
          "rope_type": "default"   | "rope_type": "default", "factor": 2    | MODEL_FIELD_UNSUPPORTED
          "rope_type": "default"   | "rope_type": "longrope"                | MODEL_FIELD_UNSUPPORTED
          "rope_type": "default"   | "rope_type": "linear"                  | MODEL_CONFIG_INVALID
          "rope_type": "default"   | "rope_type": "linear", "factor": 0.5   | MODEL_CONFIG_INVALID
          "rope_type": "default"   | "rope_type": "llama3", "factor": 2     | MODEL_CONFIG_INVALID
          "rope_type": "default"   | "rope_type": "default", "partial_rotary_factor": 0.5 | MODEL_FIELD_UNSUPPORTED
          "rope_theta": 10000.0    | "rope_theta": 0                        | MODEL_CONFIG_INVALID
          "rms_norm_eps": 1e-05    | "rms_norm_eps": -1                     | MODEL_CONFIG_INVALID
          "rms_norm_eps": 1e-05    | "rms_norm_eps": "1e-5"                 | MODEL_CONFIG_INVALID
          "num_key_value_heads": 2 | "num_key_value_heads": 3               | MODEL_CONFIG_INVALID
          "num_hidden_layers": 2   | "num_hidden_layers": 2.5               | MODEL_CONFIG_INVALID
          "num_hidden_layers": 2   | "num_hidden_layers": 4097              | MODEL_CONFIG_INVALID
          "num_hidden_layers": 2   | "num_hidden_layers": 1                 | MODEL_TENSOR_UNKNOWN
          "attention_bias": false  | "attention_bias": true                 | MODEL_TENSOR_MISSING
          "attention_bias": false  | "attention_bias": "no"                 | MODEL_CONFIG_INVALID
          "tie_word_embeddings": false | "tie_word_embeddings": true        | MODEL_TENSOR_UNKNOWN
          "LlamaForCausalLM"       | "LlamaForSequenceClassification"       | MODEL_FIELD_UNSUPPORTED
          "eos_token_id": 2        | "eos_token_id": "2"                    | MODEL_CONFIG_INVALID
          """)
  void configThatContradictsTheModelIsRefused(String from, String to, ErrorCode code)
      throws IOException {
    Path folder = copy("a");
    replace(folder.resolve("config.json"), from, to);
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> ModelFolder.load(folder));
    assertEquals(code, refusal.code(), refusal.getMessage());
  }

  @Test
  void fieldThatTheOperatorOverrulesIsLeftAside() throws IOException {
    Path folder = copy("a");
    replace(folder.resolve("config.json"), "\"use_cache\": true", "\"new_knob\": 1");
    assertThrows(LorikeetException.class, () -> ModelFolder.load(folder, Set.of("other_knob")));
    assertEquals(2, ModelFolder.load(folder, Set.of("new_knob")).spec().layers());
  }

  @Test
  void endTokensOfTheGenerationConfigWin() throws IOException {
    Path folder = copy("a");
    Files.deleteIfExists(folder.resolve("generation_config.json"));
    assertEquals(List.of(2), ModelFolder.load(folder).eosTokenIds());
    Files.writeString(
        folder.resolve("generation_config.json"), "{\"eos_token_id\": [5, 7, 5, 400, -1]}");
    assertEquals(List.of(5, 7), ModelFolder.load(folder).eosTokenIds());
    Files.writeString(folder.resolve("generation_config.json"), "{\"temperature\": 0.5}");
    assertEquals(List.of(2), ModelFolder.load(folder).eosTokenIds());
    Files.writeString(folder.resolve("generation_config.json"), "[]");
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> ModelFolder.load(folder));
    assertEquals(ErrorCode.MODEL_CONFIG_INVALID, refusal.code());
  }

  @Test
  void folderThatIsNotThereHasNoConfig() {
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> ModelFolder.load(temp.resolve("nowhere")));
    assertEquals(ErrorCode.MODEL_CONFIG_MISSING, refusal.code());
  }

  private Path copy(String name) throws IOException {
    Path folder = Files.createDirectories(temp.resolve(name));
    try (Stream<Path> files = Files.list(Fixtures.path("models", "llama"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.getFileName().toString().startsWith("golden")) {
          Files.copy(file, folder.resolve(file.getFileName()));
        }
      }
    }
    return folder;
  }

  private static String fingerprint(Path folder) {
    return ModelFolder.load(folder).fingerprint();
  }

  private static void replace(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertEquals(true, text.contains(from), "to replace: " + from);
    Files.writeString(file, text.replace(from, to));
  }

  /** Replaces text in a safetensors header. */
  private static void replaceBytes(Path file, String from, String to) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
    assertEquals(true, header.contains(from), "to replace: " + from);
    Files.write(
        file,
        TensorBytes.file(
            header.replace(from, to), Arrays.copyOfRange(bytes, 8 + length, bytes.length)));
  }
}
