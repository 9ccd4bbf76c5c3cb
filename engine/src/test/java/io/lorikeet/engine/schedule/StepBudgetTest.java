package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.spi.Infos;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Time turned into rows. */
final class StepBudgetTest {
  private static final long MILLI = 1_000_000;

  private final StepBudget budget = new StepBudget(100 * MILLI, 400 * MILLI, 256);

  @Test
  void beforeAnythingIsMeasuredStepsAreSmall() {
    assertEquals(StepBudget.FIRST_ROWS, budget.rows(true));
    assertEquals(8, new StepBudget(100 * MILLI, 400 * MILLI, 8).rows(true));
  }

  @Test
  void growsToWhatTheTimeAllows() {
    for (int i = 0; i < 20; i++) {
      int rows = budget.rows(true);
      budget.measured(rows, rows * MILLI); // 1 ms a row: 100 rows
    }
    assertEquals(100, budget.rows(true));
  }

  @Test
  void growsAtMostTwofoldBeyondWhatWasMeasured() {
    budget.measured(4, 1000);
    assertEquals(15, budget.rows(true));
    budget.measured(15, 1000);
    assertEquals(31, budget.rows(true));
  }

  @Test
  void rowsAreBoundedByTheExecutor() {
    for (int i = 0; i < 20; i++) {
      budget.measured(budget.rows(true), 1);
    }
    assertEquals(256, budget.rows(true));
  }

  @Test
  void slowMachineStillMakesOneRow() {
    for (int i = 0; i < 20; i++) {
      budget.measured(1, 3000 * MILLI);
    }
    assertEquals(1, budget.rows(true));
  }

  @Test
  void costThatJumpsBoundsTheRowsBelowTheJump() {
    for (int i = 0; i < 5; i++) {
      budget.measured(16, 10 * MILLI);
      budget.measured(32, 500 * MILLI);
    }
    assertEquals(31, budget.rows(true));
  }

  @Test
  void oneSlowStepAmongOthersCountsForNothing() {
    for (int i = 0; i < 4; i++) {
      budget.measured(64, 64 * MILLI);
    }
    budget.measured(64, 60_000 * MILLI);
    assertEquals(100, budget.rows(true));
  }

  @Test
  void slowStepThatCameAloneIsForgotten() {
    budget.measured(16, 16 * MILLI);
    budget.measured(32, 60_000 * MILLI);
    assertEquals(31, budget.rows(true));
    for (int i = 0; i < 70; i++) {
      budget.measured(16, 16 * MILLI);
    }
    assertTrue(budget.rows(true) > 32, "rows " + budget.rows(true));
  }

  @Test
  void promptsAloneMayTakeLonger() {
    for (int i = 0; i < 20; i++) {
      int rows = budget.rows(false);
      budget.measured(rows, 2L * rows * MILLI);
    }
    assertEquals(200, budget.rows(false));
    assertEquals(50, budget.rows(true));
  }

  @Test
  void whatFitsIsNotForgottenWhileOthersDecode() {
    budget.measured(16, 16 * MILLI);
    budget.measured(60, 60 * MILLI);
    for (int i = 0; i < 1000; i++) {
      budget.measured(1, 30 * MILLI);
    }
    assertEquals(100, budget.rows(true));
    assertEquals(127, budget.rows(false));
  }

  @Test
  void classThatIsTriedAgainIsJudgedByItsNewSteps() {
    budget.measured(16, 16 * MILLI);
    for (int i = 0; i < 5; i++) {
      budget.measured(32, 60_000 * MILLI);
    }
    for (int i = 0; i < 70; i++) {
      budget.measured(16, 16 * MILLI);
    }
    budget.measured(32, 32 * MILLI);
    assertEquals(100, budget.rows(true));
  }

  @Test
  void longPromptAloneIsNotHeldToTheGapsOfStreams() {
    LoopFixture world = new LoopFixture();
    world.stepBudget = Duration.ofMillis(20);
    world.prefillBudget = Duration.ofMillis(200);
    world.info = Infos.of("scripted", 1, 300, 256, 4, 8);
    world.stepNanos = rows -> rows * MILLI;
    world.start().submit(Request.of(1).promptTokens(2000).newTokens(1));
    int steps = 0;
    while (!world.ended.containsKey(1L)) {
      StepReport report = world.step();
      steps++;
      assertTrue(report.prefillRows() + report.sampleRows() <= 200, "rows: " + report);
    }
    assertTrue(steps >= 10 && steps < 20, "steps " + steps);
  }

  @Test
  void longPromptNeverFreezesRunningStreams() {
    LoopFixture world = new LoopFixture();
    world.stepBudget = Duration.ofMillis(20);
    world.info = Infos.of("scripted", 1, 300, 256, 4, 8);
    world.stepNanos = rows -> rows * MILLI;
    world.start().submit(Request.of(1).newTokens(300));
    world.steps(30);
    world.submit(Request.of(2).promptTokens(2000).newTokens(1));
    int before = world.drawn(1).size();
    int steps = 0;
    while (!world.ended.containsKey(2L)) {
      StepReport report = world.step();
      steps++;
      assertTrue(report.prefillRows() + report.sampleRows() <= 20, "rows: " + report);
    }
    assertEquals(before + steps, world.drawn(1).size());
    assertTrue(steps >= 100 && steps < 140, "steps " + steps);
  }

  @Test
  void prefillGetsOnEvenWhenDecodingTakesTheWholeBudget() {
    LoopFixture world = new LoopFixture();
    world.stepBudget = Duration.ofMillis(4);
    world.info = Infos.of("scripted", 1, 300, 64, 4, 8);
    world.stepNanos = rows -> rows * MILLI;
    world.start();
    for (int id = 1; id <= 6; id++) {
      world.submit(Request.of(id).newTokens(200));
    }
    world.steps(20);
    world.submit(Request.of(9).promptTokens(50).newTokens(1));
    world.steps(60);
    assertTrue(world.ended.containsKey(9L));
  }
}
