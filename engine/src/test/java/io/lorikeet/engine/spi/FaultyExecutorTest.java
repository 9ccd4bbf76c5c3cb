package io.lorikeet.engine.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.StepDriver.Chunk;
import io.lorikeet.engine.spi.StepDriver.Place;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class FaultyExecutorTest {
  private static final Place PLACE = new Place(0, Place.BASE, new int[] {0, 1});

  private boolean failing = true;
  private boolean dying;

  private final ScriptedExecutor scripted = new ScriptedExecutor(Infos.SMALL);
  private final FaultyExecutor executor =
      new FaultyExecutor(
          new DelayedExecutor(scripted, () -> 1),
          new FaultyExecutor.Faults() {
            @Override
            public Optional<String> step(Step step, List<SamplingParams> sequences) {
              return failing ? Optional.of("broken") : Optional.empty();
            }

            @Override
            public Optional<String> lost(Step step) {
              return dying ? Optional.of("dead") : Optional.empty();
            }
          });
  private final StepDriver driver = new StepDriver(executor);

  @Test
  void afterAFailedStepNothingIsInFlightAndTheRowsMayRunAgain() {
    driver.seat(0, SamplingParams.GREEDY);
    submit(driver.step(rows(0, 1, 2, 3)));
    submit(driver.step(rows(3, Step.LAST_TOKEN)));

    assertEquals(new TakeResult.StepFailed(1, "broken"), driver.takeAny());

    failing = false;
    Step again = driver.step(rows(0, 1, 2, 3));
    submit(again);
    TakeResult.Done done = assertInstanceOf(TakeResult.Done.class, driver.takeAny());
    TakeResult.Sampled sampled = (TakeResult.Sampled) done.outputs().getFirst();
    int[] prompt = {1, 2, 3};
    assertEquals(
        Script.continuation(
            prompt, 1, GenerationId.BASE, SamplingParams.GREEDY, Infos.SMALL.vocabSize())[0],
        sampled.token());
  }

  @Test
  void afterALossOnlyCloseMayFollow() {
    dying = true;
    driver.seat(0, SamplingParams.GREEDY);
    submit(driver.step(rows(0, 1, 2, 3)));

    assertEquals(new TakeResult.Lost("dead"), driver.takeAny());

    assertThrows(AssertionError.class, () -> driver.freeSeat(0));
    driver.close();
    assertEquals(true, scripted.isClosed());
  }

  private void submit(Step step) {
    executor.submit(step);
    executor.sample(step.id, LateInputs.NONE);
  }

  private static Chunk rows(int first, int... tokens) {
    return new Chunk(PLACE, 3, first, tokens, Emit.SAMPLE);
  }
}
