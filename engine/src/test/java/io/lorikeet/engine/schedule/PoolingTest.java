package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PoolingTest {
  private final LoopFixture world = new LoopFixture();

  @Test
  void sequenceThatGeneratesNothingEndsWhenItsPromptIsComputed() {
    world.start().submit(Request.of(1).promptTokens(40).newTokens(0)).finish();
    assertInstanceOf(EndReason.Length.class, world.end(1));
    assertEquals(new Usage(40, 0, 0), world.usage.get(1L));
    assertTrue(world.tokens.isEmpty() && world.vectors.isEmpty());
    assertEquals(world.loop().state().blocksTotal(), world.loop().state().blocksFree());
  }

  @ParameterizedTest(name = "{0} prompt tokens")
  @ValueSource(ints = {1, 2, 17})
  void promptMayBeScoredWithoutATokenToDraw(int tokens) {
    world.start().submit(Request.of(1).promptTokens(tokens).newTokens(0).scored(1)).finish();
    assertInstanceOf(EndReason.Length.class, world.end(1));
    assertEquals(tokens - 1, world.scored(1).size());
  }

  @ParameterizedTest(name = "delayed {0}, {1} rows")
  @CsvSource({"false, 1", "false, 7", "true, 1", "true, 7", "true, 64"})
  void vectorIsTheSameHoweverThePromptIsCut(boolean delayed, int rows) {
    world.delayed = delayed;
    world.info = Infos.of("scripted", 1, 64, rows, 4, 8);
    Request last = Request.of(1).promptTokens(50).adapter("a").pooled(Pooling.LAST);
    Request mean = Request.of(2).promptTokens(61).adapter("a").pooled(Pooling.MEAN);
    world.start().submit(last).submit(Request.of(3).promptTokens(20)).submit(mean);
    world.step();
    world.ready("a");
    world.finish();
    assertVector(last, 1);
    assertVector(mean, 2);
    assertEquals(5, world.drawn(3).size());
    assertEquals(2, world.vectors.size(), "nobody else asked");
  }

  @Test
  void onlyWantedRowsEmit() {
    List<Emit> emits = new ArrayList<>();
    world.stepFails =
        (step, _) -> {
          emits.addAll(Arrays.asList(step.emit).subList(0, step.rows));
          return false;
        };
    world.start().submit(Request.of(1).promptTokens(4).pooled(Pooling.LAST)).finish();
    assertEquals(List.of(Emit.NONE, Emit.NONE, Emit.NONE, Emit.HIDDEN), emits);
    emits.clear();
    world.submit(Request.of(2).promptTokens(2).pooled(Pooling.MEAN)).finish();
    assertEquals(List.of(Emit.HIDDEN, Emit.HIDDEN), emits);
    emits.clear();
    world.submit(Request.of(3).promptTokens(2).newTokens(0)).finish();
    assertEquals(List.of(Emit.NONE, Emit.NONE), emits);
  }

  @ParameterizedTest(name = "delayed {0}")
  @ValueSource(booleans = {false, true})
  void preemptedPromptIsPooledOnce(boolean delayed) {
    world.delayed = delayed;
    world.info = Infos.of("scripted", 1, 6, 8, 4, 8);
    world.start();
    List<Request> requests = new ArrayList<>();
    // Each fits alone, and admission does not know how far the others will grow.
    for (int id = 1; id <= 4; id++) {
      requests.add(Request.of(id).promptTokens(20 + id).newTokens(60));
      requests.add(Request.of(10 + id).promptTokens(90).pooled(Pooling.MEAN));
    }
    requests.forEach(world::submit);
    world.finish();
    for (int id = 11; id <= 14; id++) {
      assertVector(requests.get(2 * (id - 11) + 1), id);
    }
    int resumed = world.usage.values().stream().mapToInt(Usage::resumed).sum();
    assertTrue(resumed > 0, "nobody was preempted");
  }

  @ParameterizedTest(name = "delayed {0}")
  @ValueSource(booleans = {false, true})
  void failedAndLostStepsArePooledOnce(boolean delayed) {
    world.delayed = delayed;
    world.info = Infos.of("scripted", 1, 64, 8, 4, 8);
    world.stepFails = (step, ids) -> step.id % 5 == 2 && ids.size() > 1;
    world.lost = step -> step.id == 9 ? Optional.of("gone") : Optional.empty();
    Request mean = Request.of(1).promptTokens(90).pooled(Pooling.MEAN);
    Request last = Request.of(2).promptTokens(90).pooled(Pooling.LAST);
    world.start().submit(mean).submit(last);
    for (int i = 0; i < 200 && world.ended.size() < 2; i++) {
      if (world.step() instanceof StepReport(StepReport.Lost _, _, _, _, _, _, _)) {
        world.loop().rebuilt(world.executor(), world.now);
      }
    }
    assertVector(mean, 1);
    assertVector(last, 2);
    assertEquals(1, Objects.requireNonNull(world.usage.get(1L)).resumed(), "nobody was lost");
  }

  @Test
  void rowThatFailsEndsItsSequenceWithoutAVector() {
    world.rowFails = (_, position) -> position == 3;
    world.start().submit(Request.of(1).promptTokens(9).pooled(Pooling.MEAN)).finish();
    EndReason.Failed failed = assertInstanceOf(EndReason.Failed.class, world.end(1));
    assertEquals(ErrorCode.ROW_FAILED, failed.code());
    assertTrue(world.vectors.isEmpty());
  }

  @Test
  void promptMayFillTheCacheWhereNothingIsGenerated() {
    world.info = Infos.of("scripted", 1, 4, 16, 4, 8);
    world.start().submit(Request.of(1).promptTokens(64).pooled(Pooling.LAST)).finish();
    assertInstanceOf(EndReason.Length.class, world.end(1));

    world.submit(Request.of(2).promptTokens(65).pooled(Pooling.LAST)).finish();
    EndReason.Rejected rejected = assertInstanceOf(EndReason.Rejected.class, world.end(2));
    assertEquals(ErrorCode.CONTEXT_LENGTH_EXCEEDED, rejected.code());
    assertTrue(rejected.message().contains("<= 64, which"), rejected.message());

    world.submit(Request.of(3).promptTokens(64).newTokens(1)).finish();
    assertInstanceOf(EndReason.Length.class, world.end(3));
  }

  @Test
  void deadlineAndCancellationEndItWithoutAVector() {
    world.info = Infos.of("scripted", 1, 64, 1, 4, 8);
    world.stepBudget = Duration.ofMillis(1);
    world.start().submit(Request.of(1).promptTokens(30).pooled(Pooling.MEAN).deadline(5_000_000));
    world.submit(Request.of(2).promptTokens(30).pooled(Pooling.MEAN));
    world.steps(4);
    world.loop().cancel(2);
    world.finish();
    assertInstanceOf(EndReason.Deadline.class, world.end(1));
    assertInstanceOf(EndReason.Cancelled.class, world.end(2));
    assertTrue(world.vectors.isEmpty());
  }

  @Test
  void promptThatIsPooledIsPaidFor() {
    world.info = Infos.of("scripted", 1, 64, 16, 4, 1);
    world.start();
    world.submit(Request.of(1).principal("a").promptTokens(100).pooled(Pooling.LAST));
    world.submit(Request.of(2).principal("a").promptTokens(10).pooled(Pooling.LAST));
    world.submit(Request.of(3).principal("b").promptTokens(50).pooled(Pooling.LAST));
    world.submit(Request.of(4).principal("b").promptTokens(10).pooled(Pooling.LAST));
    world.finish();
    assertEquals(List.of(1L, 3L, 4L, 2L), world.endOrder);
  }

  @Test
  void whatIsPooledIsNeitherScoredNorGoesOn() {
    Request pooled = Request.of(1).pooled(Pooling.MEAN);
    assertThrows(IllegalArgumentException.class, () -> pooled.newTokens(1).build());
    assertThrows(IllegalArgumentException.class, () -> pooled.newTokens(0).scored(0).build());
  }

  private void assertVector(Request request, long id) {
    assertInstanceOf(EndReason.Length.class, world.end(id));
    float[] vector = Objects.requireNonNull(world.vectors.get(id), "no vector of " + id);
    assertArrayEquals(expected(request.build(), 0, world.info.hiddenSize()), vector, "of " + id);
  }

  /** What the language of the scripted executor says. */
  static float[] expected(SequenceRequest request, int from, int size) {
    Composition composition = request.composition();
    List<float[]> states = Script.hiddens(request.promptIds(), composition, from, size);
    if (request.pooling() == Pooling.LAST) {
      return states.getLast();
    }
    float[] mean = new float[size];
    for (int i = 0; i < size; i++) {
      double sum = 0;
      for (float[] state : states) {
        sum += state[i];
      }
      mean[i] = (float) (sum / states.size());
    }
    return mean;
  }
}
