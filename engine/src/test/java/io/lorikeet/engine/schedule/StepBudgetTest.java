package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.spi.Infos;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Time turned into rows. */
final class StepBudgetTest {
  private static final long MILLI = 1_000_000;

  private final StepBudget budget = new StepBudget(100 * MILLI, 256);

  @Test
  void beforeAnythingIsMeasuredStepsAreSmall() {
    assertEquals(StepBudget.FIRST_ROWS, budget.rows());
    assertEquals(8, new StepBudget(100 * MILLI, 8).rows());
  }

  @Test
  void growsToWhatTheTimeAllows() {
    for (int i = 0; i < 20; i++) {
      int rows = budget.rows();
      budget.measured(rows, rows * MILLI); // 1 ms a row: 100 rows
    }
    assertEquals(100, budget.rows());
  }

  @Test
  void growsAtMostTwofoldBeyondWhatWasMeasured() {
    budget.measured(4, 1000);
    assertEquals(15, budget.rows());
    budget.measured(15, 1000);
    assertEquals(31, budget.rows());
  }

  @Test
  void rowsAreBoundedByTheExecutor() {
    for (int i = 0; i < 20; i++) {
      budget.measured(budget.rows(), 1);
    }
    assertEquals(256, budget.rows());
  }

  @Test
  void slowMachineStillMakesOneRow() {
    for (int i = 0; i < 20; i++) {
      budget.measured(1, 3000 * MILLI);
    }
    assertEquals(1, budget.rows());
  }

  @Test
  void costThatJumpsBoundsTheRowsBelowTheJump() {
    for (int i = 0; i < 5; i++) {
      budget.measured(16, 10 * MILLI);
      budget.measured(32, 500 * MILLI);
    }
    assertEquals(31, budget.rows());
  }

  @Test
  void oneSlowStepAmongOthersCountsForNothing() {
    for (int i = 0; i < 4; i++) {
      budget.measured(64, 64 * MILLI);
    }
    budget.measured(64, 60_000 * MILLI);
    assertEquals(100, budget.rows());
  }

  @Test
  void slowStepThatCameAloneIsForgotten() {
    budget.measured(16, 16 * MILLI);
    budget.measured(32, 60_000 * MILLI);
    assertEquals(31, budget.rows());
    for (int i = 0; i < 70; i++) {
      budget.measured(16, 16 * MILLI);
    }
    assertTrue(budget.rows() > 32, "rows " + budget.rows());
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
