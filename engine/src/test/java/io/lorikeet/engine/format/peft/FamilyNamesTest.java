package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.ReplacedNorms;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which names of modules an adapter may use on which family, and what is said of others. */
final class FamilyNamesTest {
  private static final String WRAPPER = "base_model.model.";

  @ParameterizedTest
  @CsvSource({
    "phi3, model.layers.0.self_attn.q_proj, model.layers.*.self_attn.qkv_proj",
    "phi3, model.layers.1.mlp.gate_proj, model.layers.*.mlp.gate_up_proj",
    "gpt2, transformer.h.0.attn.q_proj, transformer.h.*.attn.c_attn",
    "gpt2, model.layers.0.attn.c_attn, transformer.h.*.attn.c_attn",
    "gpt-neox, gpt_neox.layers.0.attention.q_proj, gpt_neox.layers.*.attention.query_key_value",
    "falcon, transformer.h.0.self_attention.q_proj, transformer.h.*.self_attention.query_key_value",
    "bloom, transformer.h.0.self_attention.q_proj, transformer.h.*.self_attention.query_key_value",
    "bloom, transformer.h.0.self_attention.qkv_proj, transformer.word_embeddings_layernorm",
    "llama, model.layers.0.self_attn.qkv_proj, model.layers.*.self_attn.q_proj",
    "llama, model.layers.0.mlp.gate_up_proj, model.layers.*.mlp.gate_proj",
    "mistral, model.layers.0.self_attn.query_key_value, model.layers.*.self_attn.k_proj",
    "qwen2, model.layers.0.self_attn.qkv_proj, model.layers.*.self_attn.v_proj",
    "gemma2, model.layers.0.self_attn.qkv_proj, model.layers.*.pre_feedforward_layernorm",
    "phi, model.layers.0.self_attn.o_proj, model.layers.*.self_attn.dense",
    "starcoder2, model.layers.0.mlp.up_proj, model.layers.*.mlp.c_fc",
    "olmo2, model.layers.0.input_layernorm.q_proj, model.layers.*.post_feedforward_layernorm"
  })
  void moduleThatTheBaseDoesNotHaveIsRefusedWithThoseThatItHas(
      String family, String module, String named) {
    TestAdapter adapter =
        new TestAdapter()
            .set("target_modules", "[\"" + last(module) + "\"]")
            .pair(WRAPPER + module, "F32", 2, 64, 64, new Random(1));

    String message = assertRefused("adapter_tensor_unknown", adapter, family);

    assertTrue(message.contains(module + ".lora_A.weight"), message);
    assertTrue(message.contains(" " + named + ","), message);
  }

  @ParameterizedTest
  @CsvSource({
    "phi3, qkv_proj, model.layers.%d.self_attn.qkv_proj",
    "gpt2, c_attn, transformer.h.%d.attn.c_attn",
    "gpt-neox, query_key_value, gpt_neox.layers.%d.attention.query_key_value",
    "falcon, dense, transformer.h.%d.self_attention.dense",
    "bloom, dense_h_to_4h, transformer.h.%d.mlp.dense_h_to_4h",
    "llama, q_proj, model.layers.%d.self_attn.q_proj",
    "qwen3, mlp, model.layers.%d.mlp"
  })
  void savedLinearLayerIsRefusedByName(String family, String saved, String module) {
    TestAdapter adapter = adapted(family).set("modules_to_save", "[\"" + saved + "\"]");
    for (int layer = 0; layer < 2; layer++) {
      adapter.add(WRAPPER + module.formatted(layer) + ".weight", "F32", new long[] {1}, 1);
    }

    String message = assertRefused("adapter_modules_to_save_unsupported", adapter, family);

    assertTrue(message.contains(saved), message);
  }

  @ParameterizedTest
  @CsvSource({
    // The base has no bias there.
    "llama, model.layers.0.self_attn.q_proj.bias",
    "llama, model.norm.bias",
    "qwen2, model.layers.0.self_attn.o_proj.bias",
    "cohere, model.layers.0.input_layernorm.bias",
    "falcon, transformer.h.0.self_attention.dense.bias",
    "gemma, model.embed_tokens.bias",
    "stablelm, lm_head.bias",
    // Nobody saves it.
    "bloom, transformer.h.0.input_layernorm.weight",
    "gpt2, transformer.wpe.weight",
    "phi3, model.layers.0.self_attn.qkv_proj.weight"
  })
  void tensorThatNoFieldAsksForIsRefused(String family, String tensor) {
    TestAdapter adapter =
        adapted(family).set("bias", "\"all\"").add(WRAPPER + tensor, "F32", new long[] {1}, 1);

    String message = assertRefused("adapter_tensor_unknown", adapter, family);

    assertTrue(message.contains(tensor), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"phi", "bloom", "gpt2", "gpt-neox", "falcon", "starcoder2", "stablelm"})
  void biasOfANormNeedsTheField(String family) {
    String norm = WRAPPER + lastNorm(family) + ".bias";
    float[] values = TestAdapter.values(hidden(family), new Random(3));

    assertRefused(
        "adapter_tensor_unknown",
        adapted(family).add(norm, "F32", new long[] {values.length}, values),
        family);
    AdapterImage image =
        adapted(family)
            .set("bias", "\"all\"")
            .add(norm, "F32", new long[] {values.length}, values)
            .read(model(family));

    assertEquals(values[1], image.norms().last().orElseThrow().bias()[1]);
    assertEquals(
        model(family).weights().finalNorm().weight()[1],
        image.norms().last().orElseThrow().weight()[1]);
    assertTrue(image.norms().layers().isEmpty());
  }

  @Test
  void savedNormBringsItsBias() {
    int hidden = hidden("gpt2");
    TestAdapter adapter =
        adapted("gpt2")
            .set("modules_to_save", "[\"ln_f\"]")
            .add(
                WRAPPER + "transformer.ln_f.weight", "F32", new long[] {hidden}, new float[hidden]);

    assertRefused("adapter_tensor_missing", adapter, "gpt2");
  }

  @Test
  void savedHeadBringsItsBias() {
    DecoderSpec spec = model("phi").spec();
    TestAdapter adapter =
        adapted("phi")
            .set("modules_to_save", "[\"lm_head\"]")
            .add(
                WRAPPER + "lm_head.weight",
                "F32",
                new long[] {spec.vocab(), spec.hidden()},
                new float[spec.vocab() * spec.hidden()]);

    assertRefused("adapter_tensor_missing", adapter, "phi");
  }

  @Test
  void savedNormThatIsTheBasesIsNotKept() {
    LoadedModel model = model("gemma");
    float[] weight = model.weights().norm(0, NormPlace.BEFORE_MLP).weight().clone();
    for (int i = 0; i < weight.length; i++) {
      weight[i] -= 1; // what the file holds
    }
    String path = WRAPPER + "model.layers.%d.post_attention_layernorm.weight";
    float[] other = TestAdapter.values(weight.length, new Random(2));
    AdapterImage image =
        adapted("gemma")
            .set("modules_to_save", "[\"post_attention_layernorm\"]")
            .add(path.formatted(0), "F32", new long[] {weight.length}, weight)
            .add(path.formatted(1), "F32", new long[] {weight.length}, other)
            .read(model);

    assertTrue(image.norms().layers().get(0).isEmpty());
    assertEquals(
        1 + other[5],
        image
            .norms()
            .layers()
            .get(1)
            .getOrDefault(NormPlace.BEFORE_MLP, new Norm(weight, weight))
            .weight()[5]);
    assertFalse(image.composes());
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 0", "-1, 0"})
  void savedPositionsOfAnotherShapeAreRefused(int moreTokens, int wider) {
    DecoderSpec spec = model("gpt2").spec();
    int tokens = spec.contextMax() + moreTokens;
    int hidden = spec.hidden() + wider;
    TestAdapter adapter =
        adapted("gpt2")
            .set("modules_to_save", "[\"wpe\"]")
            .add(
                WRAPPER + "transformer.wpe.weight",
                "F32",
                new long[] {tokens, hidden},
                new float[tokens * hidden]);

    assertRefused("adapter_tensor_shape", adapter, "gpt2");
  }

  @Test
  void normOfAnotherShapeIsRefused() {
    assertRefused(
        "adapter_tensor_shape",
        adapted("gpt2")
            .set("bias", "\"all\"")
            .add(
                WRAPPER + "transformer.ln_f.bias",
                "F32",
                new long[] {1, hidden("gpt2")},
                new float[hidden("gpt2")]),
        "gpt2");
  }

  @Test
  void headHasOneNameInAFile() {
    Random random = new Random(4);
    DecoderSpec spec = model("gpt-neox").spec();
    TestAdapter adapter =
        new TestAdapter()
            .set("target_modules", "[\"embed_out\", \"lm_head\"]")
            .add(
                WRAPPER + "embed_out.lora_A.weight",
                "F32",
                new long[] {2, spec.hidden()},
                TestAdapter.values(2 * spec.hidden(), random))
            .add(
                WRAPPER + "lm_head.lora_B.weight",
                "F32",
                new long[] {spec.vocab(), 2},
                TestAdapter.values(2 * spec.vocab(), random));

    String message = assertRefused("adapter_tensor_unknown", adapter, "gpt-neox");

    assertTrue(message.contains("lm_head.lora_B.weight"), message);
  }

  @ParameterizedTest
  @CsvSource({"gpt2, wte, wpe", "bloom, word_embeddings, embed_tokens", "gpt-neox, embed_in, wte"})
  void trainedTokensAreOfTheFamilysEmbedding(String family, String embedding, String other) {
    LoadedModel model = model(family);
    String path = WRAPPER + model.spec().modules().inner() + embedding;
    float[] row = TestAdapter.values(model.spec().hidden(), new Random(5));
    TestAdapter adapter =
        adapted(family)
            .set("trainable_token_indices", "{\"" + embedding + "\": [9]}")
            .add(
                path + ".token_adapter.trainable_tokens_delta",
                "F32",
                new long[] {1, row.length},
                row);

    assertEquals(9, adapter.read(model).embedding().rows().orElseThrow().ids()[0]);
    String message =
        assertRefused(
            "adapter_trainable_tokens_unsupported",
            adapter.set("trainable_token_indices", "{\"" + other + "\": [9]}"),
            family);
    assertTrue(message.contains(embedding), message);
  }

  @Test
  void normsWithoutAnyChangeAreNone() {
    assertEquals(ReplacedNorms.NONE, adapted("bloom").read(model("bloom")).norms());
  }

  /** Rank 2 on the first linear layer of layer 0. */
  private static TestAdapter adapted(String family) {
    DecoderSpec spec = model(family).spec();
    Projection first = spec.projections().getFirst();
    String path = spec.modules().inner() + spec.modules().path(0, first);
    return new TestAdapter()
        .set("target_modules", "[\"" + last(path) + "\"]")
        .pair(WRAPPER + path, "F32", 2, spec.inputs(first), spec.outputs(first), new Random(1));
  }

  private static String lastNorm(String family) {
    return switch (family) {
      case "gpt-neox" -> "gpt_neox.final_layer_norm";
      case "phi" -> "model.final_layernorm";
      case "starcoder2", "stablelm" -> "model.norm";
      default -> "transformer.ln_f";
    };
  }

  private static int hidden(String family) {
    return model(family).spec().hidden();
  }

  private static LoadedModel model(String family) {
    return ModelFolder.load(Fixtures.path("models", family));
  }

  private static String last(String module) {
    return module.substring(module.lastIndexOf('.') + 1);
  }

  private static String assertRefused(String code, TestAdapter adapter, String family) {
    LorikeetException refusal =
        assertThrows(LorikeetException.class, () -> adapter.read(model(family)));
    assertEquals(code, refusal.code().wire(), refusal.getMessage());
    return "" + refusal.getMessage();
  }
}
