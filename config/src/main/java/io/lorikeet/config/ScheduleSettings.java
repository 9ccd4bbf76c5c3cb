package io.lorikeet.config;

import java.time.Duration;
import java.util.Map;

/**
 * Limits of the scheduler.
 *
 * @param waitingMax sequences that wait for their first admission; the next one is refused
 * @param queueWait longest wait for the first admission
 * @param stepBudget time that a step with prefill rows should take, so that a long prompt never
 *     freezes running streams
 * @param prefillBudget the same while no sequence decodes: how long a newcomer may have to wait
 * @param withoutCredit how long a sequence may stay without credit
 * @param passedOver how long others may overtake a sequence that does not fit; then admission waits
 *     for it
 * @param pagesAhead adapters that are asked for at once, in the order of the queue
 * @param adaptersMax adapters that one sequence may run with, as a weighted sum
 * @param rebuildsPerHour executors that may be lost within an hour before the engine gives up
 * @param takeWait how long a step waits for the device before the mailbox is looked at again
 * @param weights share of each principal; 1 where not named
 */
public record ScheduleSettings(
    int waitingMax,
    Duration queueWait,
    Duration stepBudget,
    Duration prefillBudget,
    Duration withoutCredit,
    Duration passedOver,
    int pagesAhead,
    int adaptersMax,
    int rebuildsPerHour,
    Duration takeWait,
    Map<String, Double> weights) {
  public static final ScheduleSettings DEFAULTS =
      new ScheduleSettings(
          1024,
          Duration.ofSeconds(60),
          Duration.ofMillis(100),
          Duration.ofMillis(400),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5),
          4,
          8,
          3,
          Duration.ofMillis(20),
          Map.of());

  public ScheduleSettings {
    Checks.atLeast("schedule.waiting-max", waitingMax, 0);
    Checks.atLeast("schedule.pages-ahead", pagesAhead, 1);
    Checks.atLeast("schedule.adapters-max", adaptersMax, 1);
    Checks.atLeast("schedule.rebuilds-per-hour", rebuildsPerHour, 0);
    Checks.positive("schedule.queue-wait", queueWait);
    Checks.positive("schedule.step-budget", stepBudget);
    Checks.positive("schedule.prefill-budget", prefillBudget);
    Checks.positive("schedule.without-credit", withoutCredit);
    Checks.positive("schedule.passed-over", passedOver);
    Checks.positive("schedule.take-wait", takeWait);
    weights = Map.copyOf(weights);
    weights.forEach((principal, weight) -> {
      if (!(weight > 0) || weight.isInfinite()) {
        throw new IllegalArgumentException(
            "weight of `" + principal + "` must be > 0 and finite. Given: " + weight);
      }
    });
  }

  /** The same limits with other shares. */
  public ScheduleSettings withWeights(Map<String, Double> shares) {
    return new ScheduleSettings(
        waitingMax,
        queueWait,
        stepBudget,
        prefillBudget,
        withoutCredit,
        passedOver,
        pagesAhead,
        adaptersMax,
        rebuildsPerHour,
        takeWait,
        shares);
  }

  /** The share of a principal relative to others. */
  public double weight(String principal) {
    return weights.getOrDefault(principal, 1.0);
  }
}
