package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tensors of the methods beside LoRA: what is taken, what is refused, what composes. */
final class KindTensorsTest {
  private static final String Q0 = TestKinds.Q0;
  private static final int WIDTH = 64;

  @ParameterizedTest
  @CsvSource({
    "LORA, true",
    "ADALORA, true",
    "VERA, true",
    "LOHA, true",
    "LOKR, true",
    "IA3, false",
    "LN_TUNING, false",
    "TRAINABLE_TOKENS, false"
  })
  void whatOnlyAddsComposesAndWhatScalesOrReplacesStandsAlone(PeftMethod method, boolean sums) {
    AdapterImage image = TestKinds.of(method).read();
    assertEquals(sums, image.composes());
    assertEquals(sums, image.isSum());
  }

  @ParameterizedTest
  @CsvSource({
    "ADALORA, lora_A.weight",
    "ADALORA, lora_magnitude_vector",
    "IA3, lora_A",
    "VERA, vera_A",
    "VERA, lora_E",
    "LOHA, hada_t1",
    "LOHA, hada_t2",
    "LOKR, lokr_t2",
    "LOKR, lokr_w2",
    "LOKR, lokr_w1_b",
    "LORA, lora_E",
    "LORA, ia3_l",
    "LORA, hada_w1_a",
    "LN_TUNING, ia3_l",
    "TRAINABLE_TOKENS, lora_A"
  })
  void tensorThatTheMethodHasNoUseForIsRefused(PeftMethod method, String name) {
    TestAdapter adapter = TestKinds.of(method);
    if (method == PeftMethod.LORA) {
      adapter.pair(Q0, "F32", 2, WIDTH, WIDTH, new Random(1));
    }
    assertRefused("adapter_tensor_unknown", adapter.matrix(Q0 + "." + name, 16, 16, new Random(1)));
  }

  @ParameterizedTest
  @CsvSource({
    "ADALORA, base_model.vera_A",
    "IA3, vera_B",
    "LOHA, prompt_embeddings",
    "LN_TUNING, base_model.model.model.layers.0.post_attention_layernorm.ln_tuning_layers.weight",
    "LN_TUNING, base_model.model.model.layers.0.post_attention_layernorm.weight",
    "LN_TUNING, base_model.model.model.layers.0.input_layernorm.weight",
    "LN_TUNING, base_model.model.model.layers.0.input_layernorm.ln_tuning_layers.bias",
    "TRAINABLE_TOKENS, base_model.model.lm_head.trainable_tokens_delta",
    "TRAINABLE_TOKENS, base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta"
  })
  void tensorOfAnotherModuleIsRefused(PeftMethod method, String name) {
    assertRefused(
        "adapter_tensor_unknown", TestKinds.of(method).vector(name, WIDTH, new Random(1)));
  }

  @ParameterizedTest
  @CsvSource({
    "ADALORA, lora_A, 2, 64, lora_B",
    "ADALORA, lora_B, 64, 2, lora_A",
    "VERA, vera_lambda_b, 64, 1, vera_lambda_d",
    "LOHA, hada_w1_a, 64, 2, hada_w1_b",
    "LOKR, lokr_w1_a, 4, 2, lokr_w1_b"
  })
  void halfOfAModulesTensorsIsRefused(
      PeftMethod method, String name, int rows, int cols, String missing) {
    String module = Q0.replace("layers.0", "layers.1");
    TestAdapter adapter = TestKinds.of(method);
    Random random = new Random(1);
    if (cols == 1) {
      adapter.vector(module + "." + name, rows, random);
    } else {
      adapter.matrix(module + "." + name, rows, cols, random);
    }
    LorikeetException refusal = assertRefused("adapter_tensor_missing", adapter);
    assertTrue(("" + refusal.getMessage()).contains(missing), refusal::getMessage);
  }

  @ParameterizedTest
  @CsvSource({
    "ADALORA, lora_E, 2, 2",
    "ADALORA, lora_B, 63, 2",
    "ADALORA, ranknum, 2, 2",
    "IA3, ia3_l, 1, 64",
    "IA3, ia3_l, 64, 2",
    "LOHA, hada_w2_b, 3, 64",
    "LOHA, hada_w2_a, 64, 1",
    "LOKR, lokr_w2_a, 15, 2",
    "LOKR, lokr_w1, 4, 5"
  })
  void tensorOfAnotherShapeIsRefused(PeftMethod method, String name, int rows, int cols) {
    Random random = new Random(1);
    TestAdapter adapter = TestKinds.of(method).set("target_modules", "[\"v_proj\", \"q_proj\"]");
    String module = Q0.replace("layers.0", "layers.1");
    for (String part : parts(method)) {
      String[] cell = part.split(" ", -1);
      boolean changed = cell[0].equals(name);
      adapter.matrix(
          module + "." + cell[0],
          changed ? rows : Integer.parseInt(cell[1]),
          changed ? cols : Integer.parseInt(cell[2]),
          random);
    }
    assertRefused("adapter_tensor_shape", adapter);
  }

  private static String[] parts(PeftMethod method) {
    return switch (method) {
      case ADALORA -> new String[] {"lora_A 2 64", "lora_B 64 2", "lora_E 2 1", "ranknum 1 1"};
      case IA3 -> new String[] {"ia3_l 64 1"};
      case LOHA ->
          new String[] {"hada_w1_a 64 2", "hada_w1_b 2 64", "hada_w2_a 64 2", "hada_w2_b 2 64"};
      case LOKR -> new String[] {"lokr_w1 4 4", "lokr_w2_a 16 2", "lokr_w2_b 2 16"};
      case LORA, VERA, LN_TUNING, TRAINABLE_TOKENS -> new String[0];
    };
  }

  @Test
  void valueThatIsNoNumberIsRefused() {
    float[] scale = TestAdapter.values(WIDTH, new Random(1));
    scale[5] = Float.NaN;
    assertRefused(
        "adapter_tensor_not_finite",
        TestAdapter.of(PeftMethod.IA3).add(Q0 + ".ia3_l", "F32", new long[] {WIDTH, 1}, scale));
  }

  @Test
  void scalesOfOneAndFactorsOfZeroHaveNoEffect() {
    float[] ones = new float[WIDTH];
    Arrays.fill(ones, 1);
    assertRefused(
        "adapter_has_no_effect",
        TestAdapter.of(PeftMethod.IA3).add(Q0 + ".ia3_l", "F32", new long[] {WIDTH, 1}, ones));
    Random random = new Random(1);
    assertRefused(
        "adapter_has_no_effect",
        TestAdapter.of(PeftMethod.LOHA)
            .set("r", "2")
            .matrix(Q0 + ".hada_w1_a", WIDTH, 2, random)
            .matrix(Q0 + ".hada_w1_b", 2, WIDTH, random)
            .matrix(Q0 + ".hada_w2_a", WIDTH, 2, random)
            .add(Q0 + ".hada_w2_b", "F32", new long[] {2, WIDTH}, new float[2 * WIDTH]));
    assertRefused(
        "adapter_has_no_effect",
        TestAdapter.of(PeftMethod.LOKR)
            .add(Q0 + ".lokr_w1", "F32", new long[] {8, 8}, new float[WIDTH])
            .matrix(Q0 + ".lokr_w2", 8, 8, random));
  }

  @Test
  void projectionsThatAreNotInTheFileAreAskedFor() {
    LorikeetException refusal =
        assertRefused(
            "adapter_projection_missing",
            TestAdapter.of(PeftMethod.VERA)
                .set("r", "2")
                .matrix("base_model.vera_A", 2, WIDTH, new Random(1))
                .vector(Q0 + ".vera_lambda_b", WIDTH, new Random(1))
                .vector(Q0 + ".vera_lambda_d", 2, new Random(1)));
    assertTrue(("" + refusal.getMessage()).contains("vera_B"), refusal::getMessage);
  }

  @Test
  void projectionsMustBeAsWideAsEveryLayer() {
    String up = "base_model.model.model.layers.0.mlp.up_proj";
    assertRefused(
        "adapter_tensor_shape",
        TestKinds.of(PeftMethod.VERA)
            .set("target_modules", "[\"q_proj\", \"up_proj\"]")
            .vector(up + ".vera_lambda_b", 100, new Random(1))
            .vector(up + ".vera_lambda_d", 2, new Random(1)));
  }

  @Test
  void smallFileThatExpandsBeyondTheLimitIsRefusedBeforeItIsExpanded() {
    Random random = new Random(1);
    AdapterLimits limits =
        new AdapterLimits(
            20_000,
            AdapterLimits.DEFAULT.files(),
            AdapterLimits.DEFAULT.patternCharsMax(),
            AdapterLimits.DEFAULT.patternStepsMax());
    TestAdapter adapter =
        TestAdapter.of(PeftMethod.LOHA)
            .set("r", "9")
            .matrix(Q0 + ".hada_w1_a", WIDTH, 9, random)
            .matrix(Q0 + ".hada_w1_b", 9, WIDTH, random)
            .matrix(Q0 + ".hada_w2_a", WIDTH, 9, random)
            .matrix(Q0 + ".hada_w2_b", 9, WIDTH, random);
    assertEquals(WIDTH * WIDTH * (4 + 2), adapter.read().bytes());
    assertTrue(adapter.weightBytes().length < 20_000);
    assertRefused("adapter_too_large", adapter.limits(limits));
  }

  @Test
  void headMayBeScaledBehindButNotBefore() {
    float[] scale = TestAdapter.values(307, new Random(1));
    TestAdapter adapter =
        TestAdapter.of(PeftMethod.IA3)
            .set("target_modules", "[\"lm_head\"]")
            .set("feedforward_modules", "[]")
            .add("base_model.model.lm_head.ia3_l", "F32", new long[] {307, 1}, scale);
    assertArrayEquals(scale, adapter.read().head().delta().rowScale().orElseThrow());

    assertRefused(
        "adapter_variant_unsupported", adapter.set("feedforward_modules", "[\"lm_head\"]"));
  }

  @Test
  void tunedNormTakesTheBasesPlace() {
    AdapterImage image = TestKinds.of(PeftMethod.LN_TUNING).read();

    Norm norm =
        Objects.requireNonNull(image.norms().layers().getFirst().get(NormPlace.BEFORE_ATTENTION));
    assertArrayEquals(TestAdapter.values(WIDTH, new Random(7)), norm.weight());
    assertTrue(image.norms().last().isEmpty());
    assertTrue(image.norms().layers().get(1).isEmpty());
  }

  @Test
  void tokenRowsAreSortedWithTheirIds() {
    AdapterImage image = TestKinds.of(PeftMethod.TRAINABLE_TOKENS).read();
    float[] stored = TestAdapter.values(2 * WIDTH, new Random(7));

    TokenRows rows = image.embedding().rows().orElseThrow();

    assertArrayEquals(new int[] {3, 9}, rows.ids());
    float[] sorted = ImageMemory.floats(rows.rows());
    for (int i = 0; i < WIDTH; i++) {
      assertEquals(stored[WIDTH + i], sorted[i]);
      assertEquals(stored[i], sorted[WIDTH + i]);
    }
    assertTrue(image.head().isNone());
  }

  @Test
  void savedModuleMayStandBesideEveryMethod() {
    float[] norm = TestAdapter.values(WIDTH, new Random(9));
    for (PeftMethod method : PeftMethod.values()) {
      TestAdapter adapter =
          TestKinds.of(method)
              .set("modules_to_save", "[\"model.norm\"]")
              .add("base_model.model.model.norm.weight", "F32", new long[] {WIDTH}, norm);
      if (method == PeftMethod.LORA) {
        adapter.pair(Q0, "F32", 2, WIDTH, WIDTH, new Random(1));
      }
      AdapterImage image = adapter.read();
      assertArrayEquals(norm, image.norms().last().orElseThrow().weight(), method::name);
      assertFalse(image.composes(), method::name);
    }
  }

  private static LorikeetException assertRefused(String code, TestAdapter adapter) {
    LorikeetException refusal = assertThrows(LorikeetException.class, adapter::read);
    assertEquals(code, refusal.code().wire(), refusal.getMessage());
    return refusal;
  }
}
