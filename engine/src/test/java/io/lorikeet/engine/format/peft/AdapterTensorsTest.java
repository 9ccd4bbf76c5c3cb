package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AdapterTensorsTest {
  private static final String Q0 = TestAdapter.Q0;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "base_model.model.model.",
        "base_model.model.",
        "model.",
        "",
        "base_model.model.model.language_model.",
        "base_model.model.language_model.model.",
        "model.language_model.",
        "language_model.model."
      })
  void knownPrefixesLeadToTheSameModule(String prefix) {
    AdapterImage image =
        new TestAdapter()
            .pair(prefix + "layers.1.mlp.up_proj", "F16", 2, 64, 100, new Random(1))
            .set("target_modules", "[\"up_proj\"]")
            .read();
    assertEquals(2, image.delta(1, Projection.UP).lowRank().orElseThrow().rank());
  }

  @Test
  void nameOfTheAdapterMayStandInItsTensors() {
    AdapterImage image = named("default", "default").read();
    assertEquals(2, image.delta(0, Projection.Q).lowRank().orElseThrow().rank());
    assertRefused("adapter_tensor_unknown", named("default", "other"));
  }

  private static TestAdapter named(String a, String b) {
    float[] values = TestAdapter.values(128, new Random(1));
    return new TestAdapter()
        .add(Q0 + ".lora_A." + a + ".weight", "F32", new long[] {2, 64}, values)
        .add(Q0 + ".lora_B." + b + ".weight", "F32", new long[] {64, 2}, values);
  }

  @ParameterizedTest
  @CsvSource({
    "base_model.model.model.layers.0.self_attn.q_proj.lora_A.x.y.weight, adapter_tensor_unknown",
    "base_model.model.model.layers.0.self_attn.q_proj.lora_A, adapter_tensor_unknown",
    "base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight, adapter_tensor_unknown",
    "base_model.model.model.layers.0.self_attn.q_proj.lora_C.weight, adapter_tensor_unknown",
    "base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight, adapter_tensor_unknown",
    "base_model.model.model.layers.00.self_attn.q_proj.lora_A.weight, adapter_tensor_unknown",
    "x.base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight, adapter_tensor_unknown",
    "model.layers.1.self_attn.q_proj.lora_A.weight, adapter_tensor_unknown",
    "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight, adapter_tensor_missing",
    "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight, adapter_tensor_missing",
    "base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias, adapter_tensor_unknown",
    "base_model.model.model.layers.0.self_attn.q_proj.base_layer.bias, adapter_tensor_unknown",
    "base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight, adapter_tensor_unknown",
    "base_model.model.model.embed_tokens.lora_embedding_A, adapter_tensor_unknown",
    "base_model.model.lm_head.lora_A.weight, adapter_tensor_unknown",
    "base_model.model.lm_head.weight, adapter_vocab_mismatch",
    "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector, adapter_tensor_unknown",
    "prompt_embeddings, adapter_tensor_unknown"
  })
  void tensorThatNobodyUsesIsRefused(String name, String code) {
    TestAdapter adapter = new TestAdapter().pair(Q0, "F32", 2, 64, 64, new Random(1));
    assertRefused(code, adapter.add(name, "F32", new long[] {2, 64}, new float[128]));
  }

  @Test
  void firstTenUnusedTensorsAreListed() {
    TestAdapter adapter = new TestAdapter().pair(Q0, "F32", 2, 64, 64, new Random(1));
    for (int i = 10; i < 22; i++) {
      adapter.add("unused" + i, "F32", new long[] {1}, 1);
    }
    String message = "" + assertThrows(LorikeetException.class, adapter::read).getMessage();
    assertTrue(message.contains("12 tensors") && message.contains("unused19, ..."), message);
    assertTrue(!message.contains("unused20"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"q_proj", "self_attn", "score"})
  void savedModuleThatIsNoVocabularyAndNoNormIsRefused(String module) {
    assertRefused(
        "adapter_modules_to_save_unsupported",
        new TestAdapter()
            .set("modules_to_save", "[\"" + module + "\"]")
            .pair(Q0, "F32", 2, 64, 64, new Random(1))
            .add(
                "base_model.model.model.layers.0." + module + ".weight",
                "F32",
                new long[] {64, 64},
                new float[64 * 64]));
  }

  @Test
  void eachStoredTypeIsReadAsItStands() {
    for (String dtype : new String[] {"F32", "F16", "BF16"}) {
      Matrix a =
          new TestAdapter()
              .pair(Q0, dtype, 2, 64, 64, new Random(5))
              .read()
              .delta(0, Projection.Q)
              .lowRank()
              .orElseThrow()
              .a();
      assertEquals(dtype, a.dtype().name());
      float[] expected = TestAdapter.values(128, new Random(5));
      for (int i = 0; i < 128; i++) {
        assertEquals(
            expected[i],
            Widen.element(a.dtype(), a.data(), i),
            dtype.equals("F32") ? 0 : Math.abs(expected[i]) * 0x1p-7f);
      }
    }
  }

  @Test
  void zeroBInEveryModuleHasNoEffect() {
    assertRefused("adapter_has_no_effect", zeroB(new TestAdapter()));
    zeroB(new TestAdapter())
        .pair(Q0.replace("layers.0", "layers.1"), "F32", 2, 64, 64, new Random(1))
        .read();
  }

  @Test
  void doraWithUntrainedMagnitudesHasNoEffectAndWithTrainedOnesHas() {
    float[] norms = norms();
    assertRefused("adapter_has_no_effect", dora(norms));
    norms[63] *= 1.01f;
    float[] scale = dora(norms).read().delta(0, Projection.Q).rowScale().orElseThrow();
    assertEquals(1.01f, scale[63], 1e-6f);
    assertEquals(1f, scale[0], 1e-6f);
  }

  @Test
  void magnitudeMayCarryTheEndingOfAWeight() {
    float[] norms = norms();
    norms[0] *= 2;
    AdapterImage image =
        zeroB(new TestAdapter().set("use_dora", "true"))
            .add(Q0 + ".lora_magnitude_vector.weight", "F32", new long[] {64}, norms)
            .read();
    assertEquals(2f, image.delta(0, Projection.Q).rowScale().orElseThrow()[0], 1e-6f);
  }

  @Test
  void magnitudeOfAnotherShapeIsRefused() {
    TestAdapter adapter =
        zeroB(new TestAdapter().set("use_dora", "true"))
            .add(Q0 + ".lora_magnitude_vector", "F32", new long[] {1, 64}, norms());
    assertRefused("adapter_tensor_shape", adapter);
  }

  @Test
  void rowWithoutLengthCannotBeNormalised() {
    // B A = -W in row 0: A is that row, B is -1 there.
    Matrix w = TestAdapter.LLAMA.weights().projection(0, Projection.Q);
    float[] a = new float[64];
    for (int i = 0; i < 64; i++) {
      a[i] = Widen.element(w.dtype(), w.data(), i);
    }
    float[] b = new float[64];
    b[0] = -1;
    float[] m = new float[64];
    Arrays.fill(m, 1);
    assertRefused(
        "adapter_tensor_not_finite",
        new TestAdapter()
            .set("r", "1")
            .set("lora_alpha", "1")
            .set("use_dora", "true")
            .add(Q0 + ".lora_A.weight", "F32", new long[] {1, 64}, a)
            .add(Q0 + ".lora_B.weight", "F32", new long[] {64, 1}, b)
            .add(Q0 + ".lora_magnitude_vector", "F32", new long[] {64}, m));
  }

  private static TestAdapter dora(float[] magnitude) {
    return zeroB(new TestAdapter().set("use_dora", "true"))
        .add(Q0 + ".lora_magnitude_vector", "F32", new long[] {64}, magnitude);
  }

  private static TestAdapter zeroB(TestAdapter adapter) {
    float[] values = TestAdapter.values(128, new Random(1));
    return adapter
        .add(Q0 + ".lora_A.weight", "F32", new long[] {2, 64}, values)
        .add(Q0 + ".lora_B.weight", "F32", new long[] {64, 2}, new float[128]);
  }

  /** Norms of the rows of the base. */
  private static float[] norms() {
    Matrix w = TestAdapter.LLAMA.weights().projection(0, Projection.Q);
    float[] norms = new float[64];
    for (int o = 0; o < 64; o++) {
      double squares = 0;
      for (int i = 0; i < 64; i++) {
        squares += Math.pow(Widen.element(w.dtype(), w.data(), o * 64L + i), 2);
      }
      norms[o] = (float) Math.sqrt(squares);
    }
    return norms;
  }

  private static void assertRefused(String code, TestAdapter adapter) {
    LorikeetException refusal = assertThrows(LorikeetException.class, adapter::read);
    assertEquals(code, refusal.code().wire(), refusal.getMessage());
  }
}
