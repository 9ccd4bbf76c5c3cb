package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.config.ScheduleSettings;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.DelayedExecutor;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.FaultyExecutor;
import io.lorikeet.engine.spi.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A request that goes through the step loop gives the same tokens and the same bits in every logit
 * whoever else is there and whatever happens to it. {@code -Dlorikeet.soak=true} runs more seeds.
 */
final class LoopInvarianceTest {
  private static final int PROMPT_MAX = 70;
  private static final int NEW_MAX = 10;
  private static final int BLOCKS_OF_LONGEST = Math.ceilDiv(PROMPT_MAX + NEW_MAX, 16);
  private static final int ENOUGH = 64; // blocks

  private static final LoopWorkload WORKLOAD = new LoopWorkload(new Random(17));
  private static List<LoopRequest> requests = List.of();
  private static List<Answer> alone = List.of();

  @BeforeAll
  static void runEveryRequestAlone() {
    requests = WORKLOAD.requests(16, PROMPT_MAX, NEW_MAX, new Random(99));
    alone = WORKLOAD.alone(requests);
    alone.forEach(answer -> assertEquals("", answer.failure()));
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, Boolean.getBoolean("lorikeet.soak") ? 2_000 : 40);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void randomBatchesGiveTheSameBits(long seed) {
    Random random = new Random(seed);
    int threads = 1 + random.nextInt(3);
    int rowsMax = 1 + random.nextInt(64);
    int blocks = BLOCKS_OF_LONGEST + random.nextInt(ENOUGH);
    int depth = 1 + random.nextInt(2);
    Supplier<Executor> executors = () -> open(depth, threads, rowsMax, blocks, random);
    Duration budget = Duration.ofNanos(1 + random.nextInt(20_000_000));
    try (LoopDriver driver = driver(executors, budget)) {
      for (int round = 0; round < 3; round++) {
        List<Integer> members = members(random);
        List<LoopRequest> batch = members.stream().map(requests::get).toList();

        List<Answer> answers = driver.run(batch, random);

        for (int i = 0; i < members.size(); i++) {
          alone.get(members.get(i)).assertSameBits(answers.get(i), "seed " + seed + ", " + i);
        }
      }
    }
  }

  @ParameterizedTest(name = "depth {0}")
  @ValueSource(ints = {1, 2})
  void preemptedRequestsGiveTheSameBits(int depth) {
    // One block is enough to begin with, and the longest one needs all in the end.
    List<LoopRequest> growing = WORKLOAD.requests(10, 14, 66, new Random(3));
    Supplier<Executor> executors = () -> open(depth, 2, 16, BLOCKS_OF_LONGEST, new Random(depth));
    try (LoopDriver driver = driver(executors, Duration.ofMillis(100))) {
      List<Answer> answers = driver.run(growing);

      LoopWorkload.assertSameBits(WORKLOAD.alone(growing), answers, "depth " + depth);
      assertTrue(driver.preempted() > 0, "nobody was preempted");
    }
  }

  @ParameterizedTest(name = "depth {0}")
  @ValueSource(ints = {1, 2})
  void stepsOfAnyNumberOfRowsGiveTheSameBits(int depth) {
    for (int rows = 1; rows <= 64; rows++) {
      int rowsMax = rows;
      Supplier<Executor> executors =
          () -> open(depth, 1 + rowsMax % 2, rowsMax, ENOUGH, new Random(rowsMax));
      int first = rows % requests.size();
      int second = (7 * rows + 3) % requests.size();
      try (LoopDriver driver = driver(executors, Duration.ofSeconds(100))) {
        List<Answer> answers = driver.run(List.of(requests.get(first), requests.get(second)));

        LoopWorkload.assertSameBits(
            List.of(alone.get(first), alone.get(second)), answers, rows + " rows in a step");
      }
    }
  }

  @ParameterizedTest(name = "{0} threads")
  @ValueSource(ints = {1, 2, 3, 5})
  void threadsChangeNoBits(int threads) {
    Supplier<Executor> executors = () -> open(2, threads, 40, ENOUGH, new Random(threads));
    try (LoopDriver driver = driver(executors, Duration.ofMillis(100))) {
      LoopWorkload.assertSameBits(alone, driver.run(requests), threads + " threads");
    }
  }

  @ParameterizedTest(name = "depth {0}, every {1}th step")
  @CsvSource({"1, 7", "1, 14", "2, 7", "2, 14"})
  void requestsGoOnWithTheSameBitsAfterRebuilds(int depth, int every) {
    FaultyExecutor.Faults faults =
        new FaultyExecutor.Faults() {
          @Override
          public Optional<String> lost(Step step) {
            return step.id % every == 0 ? Optional.of("gone") : Optional.empty();
          }
        };
    Supplier<Executor> executors =
        () -> new FaultyExecutor(open(depth, 2, 64, ENOUGH, new Random(every)), faults);
    try (LoopDriver driver = driver(executors, Duration.ofSeconds(100))) {
      LoopWorkload.assertSameBits(alone, driver.run(requests), "depth " + depth);
      assertTrue(driver.losses() > 0, "no executor was lost");
    }
  }

  @ParameterizedTest(name = "depth {0}")
  @ValueSource(ints = {1, 2})
  void requestsOfFailedStepsGiveTheSameBits(int depth) {
    FaultyExecutor.Faults faults =
        new FaultyExecutor.Faults() {
          @Override
          public Optional<String> step(Step step, List<SamplingParams> sequences) {
            boolean fails = step.id % 4 == 0 && sequences.size() > 1;
            return fails ? Optional.of("broken") : Optional.empty();
          }
        };
    Supplier<Executor> executors =
        () -> new FaultyExecutor(open(depth, 2, 64, ENOUGH, new Random(depth)), faults);
    try (LoopDriver driver = driver(executors, Duration.ofMillis(100))) {
      LoopWorkload.assertSameBits(alone, driver.run(requests), "depth " + depth);
      assertTrue(driver.failedSteps() > 0, "no step failed");
    }
  }

  private static Executor open(int depth, int threads, int rowsMax, int blocks, Random delays) {
    CpuExecutor executor = LoopWorkload.open(threads, rowsMax, blocks);
    return depth == 1 ? executor : new DelayedExecutor(executor, () -> delays.nextInt(3));
  }

  private static LoopDriver driver(Supplier<Executor> executors, Duration budget) {
    ScheduleSettings settings =
        new ScheduleSettings(
            1024,
            Duration.ofHours(1),
            budget,
            budget,
            Duration.ofHours(1),
            Duration.ofMillis(20),
            3,
            8,
            1000,
            Duration.ofMillis(20),
            Map.of());
    return new LoopDriver(executors, settings, WORKLOAD.images);
  }

  private static List<Integer> members(Random random) {
    List<Integer> members = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      members.add(i);
    }
    Collections.shuffle(members, random);
    return members.subList(0, 2 + random.nextInt(requests.size() - 2));
  }
}
