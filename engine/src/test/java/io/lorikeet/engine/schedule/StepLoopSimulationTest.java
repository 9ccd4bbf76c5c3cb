package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Many small worlds, each from its own seed; more of them with {@code -Dlorikeet.soak=true}. */
final class StepLoopSimulationTest {
  private static final int SEEDS = Boolean.getBoolean("lorikeet.soak") ? 20_000 : 400;

  @Test
  void whateverHappensEachSequenceSeesItsOwnTokensAndEndsOnce() {
    int preempted = 0;
    int lost = 0;
    int failed = 0;
    Map<Class<?>, Integer> reasons = new HashMap<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      Simulation simulation = new Simulation(seed);
      simulation.run(60);
      preempted += simulation.preempted;
      lost += simulation.lostExecutors;
      failed += simulation.failedSteps;
      simulation.reasons.forEach((reason, count) -> reasons.merge(reason, count, Integer::sum));
    }
    assertTrue(preempted > SEEDS, "sequences preempted: " + preempted);
    assertTrue(lost > SEEDS / 20, "executors lost: " + lost);
    assertTrue(failed > SEEDS / 5, "steps failed: " + failed);
    for (Class<?> reason : EndReason.class.getPermittedSubclasses()) {
      assertTrue(reasons.getOrDefault(reason, 0) > SEEDS / 10, reason + " in " + reasons);
    }
  }
}
