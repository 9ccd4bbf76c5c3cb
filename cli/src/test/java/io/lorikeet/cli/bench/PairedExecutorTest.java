package io.lorikeet.cli.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lorikeet.engine.spi.Binding;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.LateInputs;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.TakeResult;
import io.lorikeet.engine.spi.TakeResult.Done;
import io.lorikeet.engine.spi.TakeResult.Pending;
import io.lorikeet.engine.spi.TakeResult.StepFailed;
import io.lorikeet.engine.spi.Transfers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class PairedExecutorTest {
  private static final int PROMPT = 4;

  private final Recorder recorder = new Recorder();
  private final StepPairs pairs = new StepPairs();
  private final PairedExecutor paired = new PairedExecutor(recorder, pairs);

  @Test
  void decodeStepsRunWithTheirAdaptersAndWithoutInTurns() {
    pairs.want(true);

    TakeResult first = run(step(1, 2, PROMPT, 1));
    TakeResult second = run(step(2, 2, PROMPT + 1, 1));

    assertEquals(List.of("1/0", "1/1", "1/1", "1/0", "2/1", "2/0", "2/0", "2/1"), recorder.runs);
    assertEquals(1, assertInstanceOf(Done.class, first).stepId());
    assertEquals(2, assertInstanceOf(Done.class, second).stepId());
    // 110 ns with adapters, 100 without, and 1 more at each run
    assertArrayEquals(
        new double[] {(111 + 112) / (100.0 + 103), (114 + 117) / (105.0 + 106)}, pairs.ratios());
  }

  @Test
  void stepsOfPromptsAndOfTheBaseRunOnce() {
    pairs.want(true);

    run(step(1, 2, PROMPT - 1, 1));
    run(step(2, 2, PROMPT, 0));

    assertEquals(List.of("1/1", "2/0"), recorder.runs);
    assertEquals(0, pairs.ratios().length);
  }

  @Test
  void stepsRunOnceWhileNobodyWantsPairs() {
    run(step(1, 2, PROMPT, 1));

    assertEquals(List.of("1/1"), recorder.runs);
    assertEquals(0, pairs.ratios().length);
  }

  @Test
  void stepsThatAreInFlightAreTakenBeforeAPair() {
    Step one = step(1, 2, PROMPT, 1);
    Step two = step(2, 2, PROMPT + 1, 1);
    paired.submit(one);
    paired.sample(1, LateInputs.NONE);
    pairs.want(true);
    paired.submit(two);
    paired.sample(2, LateInputs.NONE);

    assertEquals(1, assertInstanceOf(Done.class, paired.take(0)).stepId());
    assertEquals(2, assertInstanceOf(Done.class, paired.take(0)).stepId());
    assertInstanceOf(Pending.class, paired.take(0));
  }

  @Test
  void stepThatFailsIsNotRunAgain() {
    pairs.want(true);
    recorder.failing = 2;
    Step step = step(1, 2, PROMPT, 1);

    assertInstanceOf(StepFailed.class, run(step));

    assertEquals(List.of("1/0", "1/1"), recorder.runs);
    assertEquals(0, pairs.ratios().length);
    assertEquals(1, step.segments);
  }

  @Test
  void stepsInWhichFewerStreamsDecodeDoNotCount() {
    pairs.add(3, 100, 150);
    pairs.add(4, 100, 110);
    pairs.add(4, 100, 120);

    assertArrayEquals(new double[] {1.1, 1.2}, pairs.ratios());
    pairs.clear();
    assertEquals(0, pairs.ratios().length);
  }

  private TakeResult run(Step step) {
    paired.submit(step);
    paired.sample(step.id, LateInputs.NONE);
    return paired.take(0);
  }

  private static Step step(long id, int rows, int position, int segments) {
    Step step = new Step(rows, 1, 1);
    step.clear(id);
    step.rows = rows;
    step.sequences = rows;
    step.segments = segments;
    for (int row = 0; row < rows; row++) {
      step.sequence[row] = row;
      step.position[row] = position;
      step.promptLength[row] = PROMPT;
    }
    return step;
  }

  /** Notes steps and their segments; each takes a nanosecond more than the one before. */
  private static final class Recorder implements Executor {
    final List<String> runs = new ArrayList<>();
    final Queue<TakeResult> results = new ArrayDeque<>();
    int failing; // which run; 0: none

    @Override
    public ExecutorInfo info() {
      throw new AssertionError("nobody asks");
    }

    @Override
    public Transfers transfers() {
      throw new AssertionError("nobody asks");
    }

    @Override
    public void bind(Binding binding) {
      throw new AssertionError("nobody binds");
    }

    @Override
    public void submit(Step step) {
      long nanos = (step.segments > 0 ? 110L : 100L) + runs.size();
      runs.add(step.id + "/" + step.segments);
      results.add(
          runs.size() == failing
              ? new StepFailed(step.id, "broken")
              : new Done(step.id, List.of(), nanos));
    }

    @Override
    public void sample(long stepId, LateInputs inputs) {}

    @Override
    public TakeResult take(long timeoutNanos) {
      TakeResult next = results.poll();
      return next == null ? new Pending() : next;
    }

    @Override
    public void close() {}
  }
}
