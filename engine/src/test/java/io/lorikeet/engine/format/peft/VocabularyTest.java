package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.TokenRows;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Embeddings, heads and token rows: what is taken, and what is refused. */
final class VocabularyTest {
  private static final String EMBEDDING = "base_model.model.model.embed_tokens";
  private static final String HEAD = "base_model.model.lm_head";
  private static final int VOCAB = 307;
  private static final int HIDDEN = 64;

  @Test
  void baseWeightThatEqualsTheBaseIsNotKept() {
    float[] base = values(TestAdapter.LLAMA.weights().head());
    AdapterImage image = head().add(HEAD + ".base_layer.weight", "F32", shape(VOCAB), base).read();
    assertTrue(image.head().matrix().isEmpty());

    base[5] += 1;
    image = head().add(HEAD + ".base_layer.weight", "F32", shape(VOCAB), base).read();
    assertArrayEquals(base, values(image.head().matrix().orElseThrow()));
    assertTrue(image.embedding().isNone());
  }

  @Test
  void weightThatWasSavedBesideTheAdapterReplacesTheBase() {
    float[] weight = TestAdapter.values(VOCAB * HIDDEN, new Random(1));
    AdapterImage image = linear().add(EMBEDDING + ".weight", "F32", shape(VOCAB), weight).read();
    assertArrayEquals(weight, values(image.embedding().matrix().orElseThrow()));
    assertTrue(image.head().isNone());
  }

  @Test
  void vocabularyOfItsOwnIsRefused() {
    assertRefused(
        "adapter_vocab_mismatch",
        linear().add(HEAD + ".weight", "F32", shape(VOCAB + 1), new float[(VOCAB + 1) * HIDDEN]));
    assertRefused(
        "adapter_tensor_shape",
        linear().add(HEAD + ".weight", "F32", new long[] {VOCAB, 1}, new float[VOCAB]));
  }

  @Test
  void updateOfTheEmbeddingIsPickedByToken() {
    Random random = new Random(2);
    float[] a = TestAdapter.values(2 * VOCAB, random);
    AdapterImage image = embedding(a, random).read();
    Matrix byToken = image.embedding().update().orElseThrow().a();
    assertEquals(VOCAB, byToken.rows());
    for (int token = 0; token < VOCAB; token++) {
      assertEquals(a[token], element(byToken, token * 2L));
      assertEquals(a[VOCAB + token], element(byToken, token * 2L + 1));
    }
    assertTrue(image.composes());
  }

  @Test
  void embeddingIsPlainLora() {
    assertRefused(
        "adapter_variant_unsupported",
        embedding(new float[2 * VOCAB], new Random(3)).set("use_dora", "true"));
    assertRefused(
        "adapter_rank_mismatch", embedding(new float[2 * VOCAB], new Random(3)).set("r", "4"));
  }

  @Test
  void allLinearMeansNeitherHeadNorEmbedding() {
    assertRefused("adapter_tensor_unknown", head().set("target_modules", "\"all-linear\""));
    assertRefused(
        "adapter_tensor_unknown",
        embedding(new float[2 * VOCAB], new Random(3)).set("target_modules", "\"all-linear\""));
  }

  @Test
  void savedModuleIsNoTarget() {
    assertRefused(
        "adapter_has_no_effect",
        new TestAdapter()
            .set("target_modules", "[\"lm_head\"]")
            .set("modules_to_save", "[\"lm_head\"]")
            .add(HEAD + ".weight", "F32", shape(VOCAB), new float[VOCAB * HIDDEN]));
  }

  @Test
  void tokenRowsAreSortedByToken() {
    float[] rows = TestAdapter.values(3 * HIDDEN, new Random(4));
    AdapterImage image = tokens("[200, 7, 300]", rows, 3).read();
    TokenRows replaced = image.embedding().rows().orElseThrow();
    assertArrayEquals(new int[] {7, 200, 300}, replaced.ids());
    assertEquals(rows[HIDDEN], element(replaced.rows(), 0));
    assertEquals(rows[0], element(replaced.rows(), HIDDEN));
    assertEquals(rows[2 * HIDDEN], element(replaced.rows(), 2 * HIDDEN));
    assertTrue(image.head().isNone());
  }

  @Test
  void tokenRowsNeedTheirFieldAndTheirShape() {
    assertRefused("adapter_tensor_unknown", tokens("null", new float[HIDDEN], 1));
    assertRefused("adapter_tensor_shape", tokens("[1, 2]", new float[HIDDEN], 1));
  }

  private static TestAdapter tokens(String indices, float[] rows, int count) {
    return linear()
        .set("trainable_token_indices", indices)
        .add(EMBEDDING + ".token_adapter.trainable_tokens_delta", "F32", shape(count), rows);
  }

  private static TestAdapter linear() {
    return new TestAdapter().pair(TestAdapter.Q0, "F32", 2, HIDDEN, HIDDEN, new Random(1));
  }

  private static TestAdapter head() {
    return new TestAdapter()
        .set("target_modules", "[\"lm_head\"]")
        .pair(HEAD, "F32", 2, HIDDEN, VOCAB, new Random(1));
  }

  private static TestAdapter embedding(float[] a, Random random) {
    return new TestAdapter()
        .set("target_modules", "[\"embed_tokens\"]")
        .add(EMBEDDING + ".lora_embedding_A", "F32", new long[] {2, VOCAB}, a)
        .add(
            EMBEDDING + ".lora_embedding_B",
            "F32",
            new long[] {HIDDEN, 2},
            TestAdapter.values(2 * HIDDEN, random));
  }

  private static long[] shape(int rows) {
    return new long[] {rows, HIDDEN};
  }

  private static float[] values(Matrix matrix) {
    float[] values = new float[matrix.rows() * matrix.cols()];
    for (int i = 0; i < values.length; i++) {
      values[i] = element(matrix, i);
    }
    return values;
  }

  private static float element(Matrix matrix, long index) {
    return Widen.element(matrix.dtype(), matrix.data(), index);
  }

  private static void assertRefused(String code, TestAdapter adapter) {
    LorikeetException refusal = assertThrows(LorikeetException.class, adapter::read);
    assertEquals(code, refusal.code().wire(), refusal.getMessage());
  }
}
