package io.lorikeet.engine.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class AdapterImageTest {
  private static final Optional<float[]> VECTOR = Optional.of(new float[] {1});
  private static final Optional<Matrix> MATRIX = Optional.of(matrix(1, 1));
  private static final Optional<LowRank> LOW_RANK =
      Optional.of(new LowRank(matrix(1, 1), matrix(1, 1)));
  private static final Delta SUM = new Delta(LOW_RANK, Optional.empty(), Optional.empty(), VECTOR);

  @Test
  void updatesAndBiasesCompose() {
    EmbeddingDelta embedding =
        new EmbeddingDelta(
            Optional.empty(),
            Optional.empty(),
            Optional.of(new EmbeddingDelta.Update(matrix(1, 1), matrix(1, 1))));
    HeadDelta head = new HeadDelta(Optional.empty(), Optional.empty(), SUM);
    assertTrue(image(SUM, embedding, head, ReplacedNorms.NONE, Invocation.ALWAYS).composes());
  }

  @Test
  void scalesAndReplacementsDoNotCompose() {
    Optional<TokenRows> rows = Optional.of(new TokenRows(new int[] {0}, matrix(1, 1)));
    Delta rowScaled = new Delta(LOW_RANK, VECTOR);
    Delta inputScaled = new Delta(LOW_RANK, Optional.empty(), VECTOR, Optional.empty());
    assertAlone(linear(rowScaled));
    assertAlone(linear(inputScaled));
    Norm norm = new Norm(new float[] {1}, new float[0]);
    assertAlone(embedding(new EmbeddingDelta(MATRIX, Optional.empty(), Optional.empty())));
    assertAlone(embedding(new EmbeddingDelta(Optional.empty(), rows, Optional.empty())));
    assertAlone(head(new HeadDelta(MATRIX, Optional.empty(), Delta.NONE)));
    assertAlone(head(new HeadDelta(Optional.empty(), rows, Delta.NONE)));
    assertAlone(head(new HeadDelta(Optional.empty(), Optional.empty(), rowScaled)));
    assertAlone(
        image(
            SUM,
            EmbeddingDelta.NONE,
            HeadDelta.NONE,
            new ReplacedNorms(List.of(), Optional.empty(), Optional.of(norm)),
            Invocation.ALWAYS));
    assertAlone(
        image(
            SUM,
            EmbeddingDelta.NONE,
            HeadDelta.NONE,
            new ReplacedNorms(
                List.of(Map.of(NormPlace.KEY, norm)), Optional.empty(), Optional.empty()),
            Invocation.ALWAYS));
    assertAlone(
        new AdapterImage(
            new GenerationId("g"),
            List.of(),
            List.of(),
            EmbeddingDelta.NONE,
            new EmbeddingDelta(MATRIX, Optional.empty(), Optional.empty()),
            HeadDelta.NONE,
            ReplacedNorms.NONE,
            Invocation.ALWAYS,
            0));
  }

  @Test
  void updatesOfExpertsAndRoutersComposeAndTheirScalesDoNot() {
    Delta scaled = new Delta(LOW_RANK, VECTOR);
    List<Map<Projection, Delta>> plain = List.of(Map.of(Projection.UP, SUM), Map.of());
    List<Map<Projection, Delta>> dora = List.of(Map.of(), Map.of(Projection.DOWN, scaled));

    assertTrue(experts(new ExpertsDelta(SUM, SUM, plain)).composes());
    assertAlone(experts(new ExpertsDelta(SUM, SUM, dora)));
    assertAlone(experts(new ExpertsDelta(scaled, Delta.NONE, List.of())));
    assertAlone(experts(new ExpertsDelta(Delta.NONE, scaled, List.of())));
  }

  @Test
  void expertsWithoutDeltaStayAsTheyAre() {
    ExpertsDelta one =
        new ExpertsDelta(Delta.NONE, Delta.NONE, List.of(Map.of(Projection.UP, SUM), Map.of()));

    assertEquals(SUM, experts(one).experts(0).delta(0, Projection.UP));
    assertEquals(Delta.NONE, experts(one).experts(0).delta(1, Projection.UP));
    assertEquals(Delta.NONE, ExpertsDelta.NONE.delta(1, Projection.UP));
    assertTrue(linear(SUM).experts(0).isNone());
    assertFalse(one.isNone());
    assertFalse(new ExpertsDelta(SUM, Delta.NONE, List.of()).isNone());
  }

  @Test
  void invokedAdapterIsASumOfItsRowsButDoesNotCompose() {
    AdapterImage image =
        image(SUM, EmbeddingDelta.NONE, HeadDelta.NONE, ReplacedNorms.NONE, new Invocation(1));
    assertTrue(image.isSum());
    assertFalse(image.composes());
  }

  @Test
  void projectionWithoutDeltaStaysAsItIs() {
    assertEquals(Delta.NONE, linear(SUM).delta(0, Projection.V));
    assertEquals(SUM, linear(SUM).delta(0, Projection.Q));
  }

  private static void assertAlone(AdapterImage image) {
    assertFalse(image.isSum());
    assertFalse(image.composes());
  }

  private static AdapterImage experts(ExpertsDelta delta) {
    return new AdapterImage(
        new GenerationId("g"),
        List.of(Map.of()),
        List.of(delta),
        EmbeddingDelta.NONE,
        EmbeddingDelta.NONE,
        HeadDelta.NONE,
        ReplacedNorms.NONE,
        Invocation.ALWAYS,
        0);
  }

  private static AdapterImage linear(Delta delta) {
    return image(delta, EmbeddingDelta.NONE, HeadDelta.NONE, ReplacedNorms.NONE, Invocation.ALWAYS);
  }

  private static AdapterImage embedding(EmbeddingDelta embedding) {
    return image(SUM, embedding, HeadDelta.NONE, ReplacedNorms.NONE, Invocation.ALWAYS);
  }

  private static AdapterImage head(HeadDelta head) {
    return image(SUM, EmbeddingDelta.NONE, head, ReplacedNorms.NONE, Invocation.ALWAYS);
  }

  private static AdapterImage image(
      Delta delta,
      EmbeddingDelta embedding,
      HeadDelta head,
      ReplacedNorms norms,
      Invocation invocation) {
    return new AdapterImage(
        new GenerationId("g"),
        List.of(Map.of(Projection.Q, delta)),
        embedding,
        head,
        norms,
        invocation,
        0);
  }

  private static Matrix matrix(int rows, int cols) {
    return new Matrix(MemorySegment.ofArray(new byte[4 * rows * cols]), DType.F32, rows, cols);
  }
}
