package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.format.TensorBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each family refuses, and variants that no fixture has. */
final class ModelReadersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mistral    | attention_bias             | true           | MODEL_FIELD_UNSUPPORTED
          mistral    | sliding_window             | -1             | MODEL_CONFIG_INVALID
          qwen2      | layer_types                | ["full_attention"] | MODEL_CONFIG_INVALID
          qwen2      | layer_types                | ["linear_attention", "full_attention"] | MODEL_FIELD_UNSUPPORTED
          qwen2      | layer_types                | ["sliding_attention", "full_attention"] | MODEL_CONFIG_INVALID
          qwen3      | q_norm_kind                | "layer"        | MODEL_FIELD_UNSUPPORTED
          gemma      | use_bidirectional_attention | true          | MODEL_FIELD_UNSUPPORTED
          gemma      | hidden_activation          | "relu"         | MODEL_FIELD_UNSUPPORTED
          gemma2     | attn_logit_softcapping     | -5             | MODEL_CONFIG_INVALID
          gemma3     | use_bidirectional_attention | true          | MODEL_FIELD_UNSUPPORTED
          gemma3     | rope_local_base_freq       | 1000.0         | MODEL_FIELD_UNSUPPORTED
          granite    | residual_multiplier        | 0              | MODEL_CONFIG_INVALID
          phi3       | attention_bias             | true           | MODEL_FIELD_UNSUPPORTED
          phi3-longrope | rope_scaling            | {"type": "llama3"} | MODEL_FIELD_UNSUPPORTED
          phi3-longrope | rope_scaling            | {"type": "su", "short_factor": [1.0], "long_factor": [1.0]} | MODEL_CONFIG_INVALID
          olmo2      | mlp_bias                   | true           | MODEL_FIELD_UNSUPPORTED
          stablelm   | qk_layernorm               | true           | MODEL_FIELD_UNSUPPORTED
          starcoder2 | mlp_type                   | "gated"        | MODEL_FIELD_UNSUPPORTED
          starcoder2 | norm_type                  | "rms"          | MODEL_FIELD_UNSUPPORTED
          cohere     | logit_scale                | -1             | MODEL_CONFIG_INVALID
          phi        | qk_layernorm               | true           | MODEL_FIELD_UNSUPPORTED
          phi        | rope_parameters            | {"partial_rotary_factor": 0.45} | MODEL_CONFIG_INVALID
          phi        | rope_parameters            | {"rope_type": "dynamic", "factor": 2, "partial_rotary_factor": 0.125} | MODEL_CONFIG_INVALID
          llama-rope-yarn | rope_parameters       | {"rope_type": "yarn", "factor": 4, "rope_theta": 1} | MODEL_CONFIG_INVALID
          gpt2       | scale_attn_weights         | false          | MODEL_FIELD_UNSUPPORTED
          gpt2       | scale_attn_by_inverse_layer_idx | true      | MODEL_FIELD_UNSUPPORTED
          gpt2       | add_cross_attention        | true           | MODEL_FIELD_UNSUPPORTED
          gpt2       | activation_function        | "relu"         | MODEL_FIELD_UNSUPPORTED
          gpt-neox   | num_key_value_heads        | 3              | MODEL_CONFIG_INVALID
          falcon     | alibi                      | true           | MODEL_FIELD_UNSUPPORTED
          falcon     | apply_residual_connection_post_layernorm | true | MODEL_FIELD_UNSUPPORTED
          falcon     | num_ln_in_parallel_attn    | 2              | MODEL_FIELD_UNSUPPORTED
          bloom      | apply_residual_connection_post_layernorm | true | MODEL_FIELD_UNSUPPORTED
          bloom      | n_inner                    | 100            | MODEL_FIELD_UNSUPPORTED
          bloom      | n_embed                    | 64             | MODEL_CONFIG_INVALID
          mixtral    | num_experts_per_tok        | 5              | MODEL_CONFIG_INVALID
          qwen2-moe  | mlp_only_layers            | [0]            | MODEL_FIELD_UNSUPPORTED
          qwen2-moe  | decoder_sparse_step        | 2              | MODEL_FIELD_UNSUPPORTED
          """)
  void valueThatNoKnobExpressesIsRefusedByName(
      String model, String field, String value, ErrorCode code) throws IOException {
    ObjectNode config = config(model);
    config.set(field, json(value));

    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> ModelFolder.spec(config));

    assertEquals(code, refusal.code(), refusal.getMessage());
    // Some are named by a field of theirs, or by the one that they contradict.
    if (!List.of("layer_types", "n_embed", "rope_scaling", "rope_parameters").contains(field)) {
      assertTrue(("" + refusal.getMessage()).contains(field), refusal.getMessage());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyFamilyRefusesWhatItDoesNotKnow(String model) {
    ObjectNode unknown = config(model).put("new_knob", 1);
    ObjectNode otherClass = config(model);
    otherClass.putArray("architectures").add("SomethingForSequenceClassification");

    for (ObjectNode config : List.of(unknown, otherClass)) {
      LorikeetException refusal =
          assertThrows(LorikeetException.class, () -> ModelFolder.spec(config));
      assertEquals(ErrorCode.MODEL_FIELD_UNSUPPORTED, refusal.code(), refusal.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          attn_config | rope_theta                   | 10000.5 | MODEL_FIELD_UNSUPPORTED
          attn_config | kv_n_heads                   | 7       | MODEL_CONFIG_INVALID
          attn_config | clip_qkv                     | 0       | MODEL_CONFIG_INVALID
          attn_config | qk_ln                        | true    | MODEL_FIELD_UNSUPPORTED
          ffn_config  | moe_normalize_expert_weights | 2       | MODEL_FIELD_UNSUPPORTED
          ffn_config  | moe_top_k                    | 17      | MODEL_CONFIG_INVALID
          ffn_config  | uniform_expert_assignment    | true    | MODEL_FIELD_UNSUPPORTED
          ffn_config  | hidden_size                  | 64      | MODEL_CONFIG_INVALID
          ffn_config  | ffn_act_fn                   | {"name": "silu", "beta": 2} | MODEL_FIELD_UNSUPPORTED
          """)
  void dbrxRefusesWhatItsNestedObjectsMustNotSay(
      String object, String field, String value, ErrorCode code) throws IOException {
    ObjectNode config = dbrx();
    config.putObject("rope_parameters").put("rope_theta", 500000.0).put("rope_type", "default");
    assertEquals(List.of(new RopeSpec.Default(500000)), ModelFolder.spec(config).ropes());
    ((ObjectNode) config.get(object)).set(field, json(value));

    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> ModelFolder.spec(config));

    assertEquals(code, refusal.code(), refusal.getMessage());
    assertTrue(("" + refusal.getMessage()).contains(object + "." + field), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"attn_config", "ffn_config"})
  void dbrxNeedsItsNestedObjects(String object) {
    ObjectNode config = dbrx();
    config.remove(object);
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> ModelFolder.spec(config));
    assertEquals(ErrorCode.MODEL_CONFIG_INVALID, refusal.code());
    assertTrue(("" + refusal.getMessage()).contains(object), refusal.getMessage());
  }

  @Test
  void dbrxOfTransformers5IsTheSameModel() {
    ObjectNode config = dbrx();
    config.withObject("attn_config").remove("rope_theta");
    config.putObject("rope_parameters").put("rope_theta", 500000.0).put("rope_type", "default");
    config.put("num_key_value_heads", 8).put("dtype", "bfloat16");
    config
        .withObject("ffn_config")
        .put("hidden_size", 6144)
        .put("moe_normalize_expert_weights", 1.0)
        .putObject("ffn_act_fn")
        .put("name", "silu");

    assertEquals(ModelFolder.spec(dbrx()), ModelFolder.spec(config));
  }

  private static ObjectNode dbrx() {
    return (ObjectNode) Fixtures.json(Fixtures.path("configs", "dbrx-base.json"));
  }

  static List<String> models() {
    return Fixtures.folders(Fixtures.path("models"));
  }

  @Test
  void qwenSlidesFromItsLayerOnWhenToldTo() {
    ObjectNode config = config("qwen2");
    config.remove("layer_types");
    config.put("use_sliding_window", true).put("sliding_window", 9).put("max_window_layers", 1);

    assertEquals(List.of(0, 9), windows(ModelFolder.spec(config)));
  }

  @Test
  void windowBeginsWhereItsSizeEndsWithTheRowItself() {
    DecoderSpec.LayerSpec layer = new DecoderSpec.LayerSpec(4, new RopeSpec.None());
    assertEquals(0, layer.start(0));
    assertEquals(0, layer.start(3));
    assertEquals(1, layer.start(4));
    assertEquals(0, new DecoderSpec.LayerSpec(0, new RopeSpec.None()).start(1000));
  }

  @Test
  void nullSwitchesASoftCapOffThatIsOnByDefault() {
    ObjectNode config = config("gemma2");
    config.putNull("attn_logit_softcapping").remove("final_logit_softcapping");
    DecoderSpec spec = ModelFolder.spec(config);

    assertEquals(0f, spec.attention().softCap());
    assertEquals(30f, spec.scaling().logitsCap());
  }

  @Test
  void falconOfTheNewArchitectureHasGroupsAndTwoNorms() {
    ObjectNode config = config("falcon").put("new_decoder_architecture", true);
    config.put("num_kv_heads", 2);
    Map<String, List<Integer>> tensors = ModelFolder.tensorShapes(config);

    assertEquals(2, ModelFolder.spec(config).kvHeads());
    assertEquals(
        List.of(128, 64), tensors.get("transformer.h.1.self_attention.query_key_value.weight"));
    assertEquals(List.of(64), tensors.get("transformer.h.1.ln_attn.bias"));
    assertEquals(List.of(64), tensors.get("transformer.h.1.ln_mlp.weight"));
    assertFalse(tensors.containsKey("transformer.h.1.input_layernorm.weight"));
  }

  @Test
  void stableLmWithAParallelResidualHasOneNorm() {
    ObjectNode config = config("stablelm").put("use_parallel_residual", true);

    assertEquals(DecoderSpec.Residual.PARALLEL, ModelFolder.spec(config).residual());
    assertFalse(
        ModelFolder.tensorShapes(config)
            .containsKey("model.layers.0.post_attention_layernorm.weight"));
  }

  @Test
  void gpt2LoadsWithoutItsPrefixAndIsCopiedTransposed(@TempDir Path temp) throws IOException {
    Path original = Fixtures.path("models", "gpt2");
    Files.copy(original.resolve("config.json"), temp.resolve("config.json"));
    byte[] bytes = Files.readAllBytes(original.resolve("model.safetensors"));
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
    Files.write(
        temp.resolve("model.safetensors"),
        TensorBytes.file(
            header.replace("\"transformer.", "\""),
            Arrays.copyOfRange(bytes, 8 + length, bytes.length)));

    ModelWeights expected = ModelFolder.load(original).weights();
    ModelWeights actual = ModelFolder.load(temp).weights();

    long copied = 0;
    for (int layer = 0; layer < 2; layer++) {
      for (Projection p : List.of(Projection.QKV, Projection.O, Projection.UP, Projection.DOWN)) {
        var matrix = actual.projection(layer, p);
        assertEquals(-1, matrix.data().mismatch(expected.projection(layer, p).data()));
        copied += matrix.data().byteSize();
      }
    }
    assertEquals(copied, actual.copiedBytes());
    assertEquals(0, ModelFolder.load(Fixtures.path("models", "phi3")).weights().copiedBytes());
  }

  private static List<Integer> windows(DecoderSpec spec) {
    return spec.layerSpecs().stream().map(DecoderSpec.LayerSpec::window).toList();
  }

  private static ObjectNode config(String model) {
    return (ObjectNode) Fixtures.json(Fixtures.path("models", model, "config.json"));
  }

  private static JsonNode json(String text) throws JsonProcessingException {
    return new ObjectMapper().readTree(text);
  }
}
