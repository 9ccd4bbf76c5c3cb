package io.lorikeet.engine.adapter.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.Delta;
import io.lorikeet.engine.adapter.EmbeddingDelta;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.LowRank;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MergeTest {
  private static final long AMPLE = 1 << 20;
  private static final Factors ONE = factors(matrix(1, 2, 1, 2), matrix(1, 1, 3), 1);
  private static final Factors TWO = factors(matrix(1, 2, 10, 20), matrix(1, 1, 5), 4);

  @Test
  void linearGivesEachFactorTheRootOfTheScaledWeight() {
    // Roots of 1 * 1 and of 4 * 4: the products of one's A and the other's B come along.
    LowRank merged = q(merge(Strategy.LINEAR, 1, 4));

    assertArrayEquals(new float[] {1 + 4 * 10, 2 + 4 * 20}, floats(merged.a()));
    assertArrayEquals(new float[] {3 + 4 * 5}, floats(merged.b()));
  }

  @Test
  void theSignOfAWeightGoesToA() {
    LowRank merged = q(merge(Strategy.LINEAR, 1, -4));

    assertArrayEquals(new float[] {1 - 4 * 10, 2 - 4 * 20}, floats(merged.a()));
    assertArrayEquals(new float[] {3 + 4 * 5}, floats(merged.b()));
  }

  @Test
  void catIsTheExactSumOfAnyRanks() {
    Factors wide = factors(matrix(2, 2, 1, 2, 3, 4), matrix(1, 2, 5, 6), 0.5);

    LowRank merged = q(merge(Strategy.CAT, List.of(lora("a", wide), lora("b", TWO)), 2, -1));

    assertArrayEquals(new float[] {1, 2, 3, 4, -40, -80}, floats(merged.a()));
    assertArrayEquals(new float[] {5, 6, 5}, floats(merged.b()));
  }

  @Test
  void loraxLinearWeighsEachFactorByTheWeightItself() {
    Factors sameScale = factors(TWO.a(), TWO.b(), 1);

    LowRank merged =
        q(merge(Strategy.LORAX_LINEAR, List.of(lora("a", ONE), lora("b", sameScale)), 2, 3));

    assertArrayEquals(new float[] {2 + 30, 4 + 60}, floats(merged.a()));
    assertArrayEquals(new float[] {6 + 15}, floats(merged.b()));
  }

  @Test
  void loraxLinearKeepsTheScaleThatAllShare() {
    LowRank merged = q(merge(Strategy.LORAX_LINEAR, List.of(lora("a", TWO)), 1));

    assertArrayEquals(new float[] {10, 20}, floats(merged.a()));
    assertArrayEquals(new float[] {4 * 5}, floats(merged.b()));
  }

  @Test
  void loraxLinearRefusesScalesThatDiffer() {
    LorikeetException e =
        assertThrows(LorikeetException.class, () -> merge(Strategy.LORAX_LINEAR, 1, 1));

    assertEquals(ErrorCode.ADAPTER_MERGE_UNSUPPORTED, e.code());
    assertTrue(e.toString().contains("1.0 in `a`, 4.0 in `b`"), e::toString);
  }

  @Test
  void ranksThatDifferAreRefusedWithTheirPlace() {
    Factors wide = factors(matrix(2, 2, 1, 2, 3, 4), matrix(1, 2, 5, 6), 1);
    List<PlainLora> parts = List.of(lora("a", wide), lora("b", TWO));

    LorikeetException e =
        assertThrows(LorikeetException.class, () -> merge(Strategy.LINEAR, parts, 1, 1));

    assertEquals(ErrorCode.ADAPTER_RANK_MISMATCH, e.code());
    assertTrue(e.toString().contains("q of layer 0: 2 in `a`, 1 in `b`"), e::toString);
  }

  @Test
  void aModuleThatOnlyOneHasIsThatOnes() {
    PlainLora other = lora("b", Map.of(Projection.DOWN, TWO), Optional.empty());

    AdapterImage image = merge(Strategy.LINEAR, List.of(lora("a", ONE), other), 4, 1);

    assertArrayEquals(new float[] {2, 4}, floats(q(image).a()));
    assertArrayEquals(new float[] {20, 40}, floats(lowRank(image.delta(0, Projection.DOWN)).a()));
    assertEquals(Delta.NONE, image.delta(0, Projection.K));
  }

  @Test
  void anEmbeddingsTokensPickRowsOfWhatComesOut() {
    Factors embedding = factors(matrix(2, 3, 1, 2, 3, 4, 5, 6), matrix(1, 2, 7, 8), 1);
    PlainLora part = lora("a", Map.of(), Optional.of(embedding));

    EmbeddingDelta.Update update =
        merge(Strategy.CAT, List.of(part), 1).embedding().update().orElseThrow();

    assertEquals(3, update.a().rows());
    assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, floats(update.a()));
    assertArrayEquals(new float[] {7, 8}, floats(update.b()));
  }

  @Test
  void partsMayComeInAnyOrder() {
    AdapterImage one = merge(Strategy.TIES, List.of(lora("a", ONE), lora("b", TWO)), 1, 2);
    AdapterImage other = merge(Strategy.TIES, List.of(lora("b", TWO), lora("a", ONE)), 2, 1);

    assertEquals(one.generation(), other.generation());
    assertArrayEquals(floats(q(one).a()), floats(q(other).a()));
  }

  @Test
  void anImageOfAtMostSoManyBytesIsMade() {
    long bytes = (2 + 1) * Float.BYTES;
    assertEquals(bytes, merge(Strategy.LINEAR, 1, 1).bytes());
    assertEquals(bytes, image(Strategy.LINEAR, List.of(lora("a", ONE)), bytes, 1).bytes());

    LorikeetException e =
        assertThrows(
            LorikeetException.class,
            () -> image(Strategy.LINEAR, List.of(lora("a", ONE)), bytes - 1, 1));
    assertEquals(ErrorCode.ADAPTER_TOO_LARGE, e.code());
  }

  @Test
  void aMergeThatPrunesEverythingIsRefused() {
    LorikeetException e =
        assertThrows(
            LorikeetException.class,
            () ->
                Merge.of(
                    Derivation.of(
                        Recipes.of(
                            Strategy.TIES,
                            OptionalDouble.of(0.4),
                            MajoritySign.TOTAL,
                            generation("a"),
                            generation("b"))),
                    List.of(lora("a", ONE), lora("b", TWO)),
                    AMPLE));
    assertEquals(ErrorCode.ADAPTER_HAS_NO_EFFECT, e.code());
  }

  @Test
  void whatDoesNotFitF32IsRefused() {
    LorikeetException e =
        assertThrows(LorikeetException.class, () -> merge(Strategy.CAT, 1e38, 1e38));
    assertEquals(ErrorCode.ADAPTER_TENSOR_NOT_FINITE, e.code());
  }

  private static AdapterImage merge(Strategy strategy, double... weights) {
    return merge(strategy, List.of(lora("a", ONE), lora("b", TWO)), weights);
  }

  private static AdapterImage merge(Strategy strategy, List<PlainLora> parts, double... weights) {
    return image(strategy, parts, AMPLE, weights);
  }

  private static AdapterImage image(
      Strategy strategy, List<PlainLora> parts, long bytesMax, double... weights) {
    List<Recipe.Part<GenerationId>> weighted =
        IntStream.range(0, weights.length)
            .mapToObj(i -> new Recipe.Part<>(parts.get(i).generation(), weights[i]))
            .toList();
    Recipe<GenerationId> recipe =
        new Recipe<>(strategy, weighted, OptionalDouble.of(1), MajoritySign.TOTAL);
    return Merge.of(Derivation.of(recipe), parts, bytesMax);
  }

  private static LowRank q(AdapterImage image) {
    return lowRank(image.delta(0, Projection.Q));
  }

  private static LowRank lowRank(Delta delta) {
    return delta.lowRank().orElseThrow();
  }

  private static PlainLora lora(String name, Factors q) {
    return lora(name, Map.of(Projection.Q, q), Optional.empty());
  }

  private static PlainLora lora(
      String name, Map<Projection, Factors> layer, Optional<Factors> embedding) {
    return new PlainLora(
        name, generation(name), List.of(layer), embedding, Optional.empty(), Optional.empty());
  }

  private static GenerationId generation(String name) {
    return new GenerationId("generation of " + name);
  }

  private static Factors factors(Matrix a, Matrix b, double scale) {
    return new Factors(a, b, scale);
  }

  private static Matrix matrix(int rows, int cols, float... values) {
    return new Matrix(MemorySegment.ofArray(values), DType.F32, rows, cols);
  }

  private static float[] floats(Matrix matrix) {
    float[] floats = new float[matrix.rows() * matrix.cols()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Widen.element(matrix.dtype(), matrix.data(), i);
    }
    return floats;
  }
}
