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
 * @param withoutCredit how long a sequence may stay without credit
 * @param passedOver how long others may overtake a sequence that does not fit; then admission waits
 *     for it
 * @param pagesAhead adapters that are asked for at once, in the order of the queue
 * @param rebuildsPerHour executors that may be lost within an hour before the engine gives up
 * @param takeWait how long a step waits for the device before the mailbox is looked at again
 * @param weights share of each principal; 1 where not named
 */
public record ScheduleSettings(
    int waitingMax,
    Duration queueWait,
    Duration stepBudget,
    Duration withoutCredit,
    Duration passedOver,
    int pagesAhead,
    int rebuildsPerHour,
    Duration takeWait,
    Map<String, Double> weights) {
  public static final ScheduleSettings DEFAULTS =
      new ScheduleSettings(
          1024,
          Duration.ofSeconds(60),
          Duration.ofMillis(100),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5),
          4,
          3,
          Duration.ofMillis(20),
          Map.of());

  public ScheduleSettings {
    atLeast("waitingMax", waitingMax, 0);
    atLeast("pagesAhead", pagesAhead, 1);
    atLeast("rebuildsPerHour", rebuildsPerHour, 0);
    positive("queueWait", queueWait);
    positive("stepBudget", stepBudget);
    positive("withoutCredit", withoutCredit);
    positive("passedOver", passedOver);
    positive("takeWait", takeWait);
    weights = Map.copyOf(weights);
    weights.forEach((principal, weight) -> {
      if (!(weight > 0) || weight.isInfinite()) {
        throw new IllegalArgumentException(
            "weight of `" + principal + "` must be > 0 and finite. Given: " + weight);
      }
    });
  }

  /** The share of a principal relative to others. */
  public double weight(String principal) {
    return weights.getOrDefault(principal, 1.0);
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "`" + name + "` must be >= " + least + ". Given: " + value);
    }
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException("`" + name + "` must be > 0. Given: " + value);
    }
  }
}
