package io.lorikeet.engine.schedule;

import static io.lorikeet.engine.schedule.LoopFixture.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.ScriptedExecutor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows, steps and executors that fail. */
final class FaultTest {
  private static final int SEQUENCES = 8;

  private final LoopFixture world = new LoopFixture();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void failedRowEndsItsOwnSequence(boolean delayed) {
    world.delayed = delayed;
    world.rowFails = (id, position) -> id == 3 && position == 12;
    submitAll();
    world.finish();
    assertEquals(new EndReason.Failed(ErrorCode.ROW_FAILED, "not a number"), world.end(3));
    assertEquals(all(3).subList(0, 3), world.drawn(3));
    othersAreRight(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void failedStepIsTriedAgainInHalvesUntilTheCulpritIsAlone(boolean delayed) {
    world.delayed = delayed;
    world.stepFails = (step, ids) -> ids.contains(5L) && step.id > 4;
    submitAll();
    world.finish();
    EndReason.Failed failed = (EndReason.Failed) world.end(5);
    assertEquals(ErrorCode.ROW_FAILED, failed.code());
    assertTrue(failed.message().contains("broken"), failed.message());
    othersAreRight(5);
    List<Integer> sizes =
        world.ran.stream()
            .filter(ran -> ran.id() > 4 && ran.sequences().contains(5L))
            .map(ran -> ran.sequences().size())
            .toList();
    assertEquals(List.of(8, 4, 2, 1), sizes);
  }

  @Test
  void twoCulpritsAreBothFound() {
    world.stepFails = (step, ids) -> ids.contains(2L) || ids.contains(7L);
    submitAll();
    world.finish();
    assertTrue(world.end(2) instanceof EndReason.Failed);
    assertTrue(world.end(7) instanceof EndReason.Failed);
    othersAreRight(2, 7);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stepThatFailsOnlyOnceEndsNobody(boolean delayed) {
    world.delayed = delayed;
    world.stepFails = (step, ids) -> step.id == 6;
    submitAll();
    world.finish();
    othersAreRight();
  }

  @Test
  void newcomersWaitWhileSuspectsAreTried() {
    world.stepFails = (step, ids) -> ids.contains(2L);
    world.start().submit(request(1)).submit(request(2));
    world.step();
    world.submit(request(3));
    world.finish();
    assertTrue(world.end(2) instanceof EndReason.Failed);
    assertEquals(world.expected(request(3)), world.drawn(3));
    assertEquals(world.expected(request(1)), world.drawn(1));
  }

  @Test
  void cancelledSuspectHoldsNobodyUp() {
    world.stepFails = (step, ids) -> step.id == 3;
    submitAll();
    world.steps(3);
    for (long id = 1; id <= SEQUENCES / 2; id++) {
      world.loop().cancel(id);
    }
    world.finish();
    othersAreRight(1, 2, 3, 4);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void lostExecutorIsClosedAndAllGoesOnWithAnother(boolean delayed) {
    world.delayed = delayed;
    world.lost = step -> step.id == 5 ? Optional.of("gone") : Optional.empty();
    world.start();
    world.submit(request(1)).submit(request(2).adapter("a")).submit(request(3).adapter("b"));
    world.step();
    world.allReady();
    StepReport report = world.step();
    for (int i = 0; i < 20 && !(report.outcome() instanceof StepReport.Lost); i++) {
      report = world.step();
    }
    assertEquals(new StepReport.Lost("gone", true), report.outcome());
    ScriptedExecutor gone = world.scripted;
    assertTrue(gone.isClosed());
    assertFalse(world.loop().hasWork());
    assertTrue(world.loop().state().lost());
    assertEquals(List.of("a", "b"), world.unpaged.stream().sorted().toList());
    world.submit(request(4));

    world.paged.clear();
    world.loop().rebuilt(world.executor(), world.now);
    world.step();
    assertEquals(List.of("a", "b"), world.paged.stream().sorted().toList());
    world.allReady();
    world.finish();

    assertEquals(world.expected(request(1)), world.drawn(1));
    assertEquals(world.expected(request(2).adapter("a")), world.drawn(2));
    assertEquals(world.expected(request(3).adapter("b")), world.drawn(3));
    assertEquals(world.expected(request(4)), world.drawn(4));
    assertEquals(new Usage(10, 30, 1), world.usage.get(1L));
    assertEquals(new Usage(10, 30, 0), world.usage.get(4L));
  }

  @Test
  void residentsThatNobodyRunsWithAreAskedForAgainToo() {
    world.start().submit(request(1).adapter("idle"));
    world.step();
    world.allReady();
    world.finish();
    world.lost = step -> Optional.of("gone");
    world.submit(request(2));
    world.step();
    world.lost = step -> Optional.empty();
    world.loop().rebuilt(world.executor(), world.now);
    world.finish();
    assertEquals(List.of("idle"), world.paged);
    world.allReady();
    world.finish();
    assertEquals(1, world.loop().state().slotsResident());
  }

  @Test
  void timersRunWhileTheExecutorIsLost() {
    world.lost = step -> Optional.of("gone");
    world.start().submit(request(1).deadline(7 * SECOND));
    world.step();
    assertEquals(7 * SECOND, world.loop().nextWakeNanos().orElse(-1));
    world.now = 7 * SECOND;
    world.step();
    assertEquals(new EndReason.Deadline(), world.end(1));
  }

  @Test
  void tooManyLossesWithinAnHourAreTheEnd() {
    world.rebuildsPerHour = 2;
    world.lost = step -> Optional.of("gone");
    world.start().submit(request(1));
    assertEquals(new StepReport.Lost("gone", true), world.step().outcome());
    world.loop().rebuilt(world.executor(), world.now);
    assertEquals(new StepReport.Lost("gone", true), world.step().outcome());
    world.loop().rebuilt(world.executor(), world.now);
    assertEquals(new StepReport.Lost("gone", false), world.step().outcome());
    world.now += 3600 * SECOND;
    world.loop().rebuilt(world.executor(), world.now);
    assertEquals(new StepReport.Lost("gone", true), world.step().outcome());
  }

  @Test
  void onlyALostExecutorIsReplaced() {
    world.start();
    assertThrows(
        IllegalStateException.class, () -> world.loop().rebuilt(world.executor(), world.now));
  }

  @Test
  void sequenceThatTheNewExecutorCannotHoldFails() {
    world.lost = step -> step.id == 2 ? Optional.of("gone") : Optional.empty();
    world.start().submit(request(1)).submit(Request.of(2).promptTokens(3).newTokens(5));
    world.step();
    world.step();
    world.info = Infos.of("scripted", 1, 1, 16, 4, 8);
    world.loop().rebuilt(world.executor(), world.now);
    world.finish();
    assertEquals(ErrorCode.EXECUTOR_LOST, ((EndReason.Failed) world.end(1)).code());
    assertEquals(new EndReason.Length(), world.end(2));
  }

  private void submitAll() {
    world.info = Infos.of("scripted", 1, 64, 100, 4, 8);
    world.start();
    for (long id = 1; id <= SEQUENCES; id++) {
      world.submit(request(id));
    }
  }

  private static Request request(long id) {
    return Request.of(id).promptTokens(10).newTokens(30);
  }

  private List<Integer> all(long id) {
    return world.expected(request(id));
  }

  private void othersAreRight(long... except) {
    for (long id = 1; id <= SEQUENCES; id++) {
      long one = id;
      if (Arrays.stream(except).noneMatch(e -> e == one)) {
        assertEquals(all(id), world.drawn(id), "sequence " + id);
        assertEquals(new EndReason.Length(), world.end(id));
      }
    }
  }
}
