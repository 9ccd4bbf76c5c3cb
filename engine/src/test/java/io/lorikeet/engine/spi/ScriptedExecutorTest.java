package io.lorikeet.engine.spi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.Composition.Part;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.StepDriver.Chunk;
import io.lorikeet.engine.spi.StepDriver.Join;
import io.lorikeet.engine.spi.StepDriver.Place;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A fake that watches must see. */
final class ScriptedExecutorTest {
  private static final Place PLACE = new Place(0, Place.BASE, new int[] {0, 1});

  private final ScriptedExecutor executor =
      new ScriptedExecutor(Infos.withDepth(Infos.SMALL, "scripted", 2));
  private final StepDriver driver = new StepDriver(executor);

  @Test
  void seesAPositionThatWasNeverComputed() {
    driver.seat(0, SamplingParams.GREEDY);
    refuses("position 0 is not in the cache", () -> driver.run(rows(PLACE, 1, 5)));
  }

  @Test
  void seesABlockThatAnotherSequenceWroteOver() {
    driver.seat(0, SamplingParams.GREEDY);
    driver.seat(1, SamplingParams.GREEDY);
    driver.slot(0, Tickets.ticket(new GenerationId("g")));
    driver.run(rows(PLACE, 0, 5, 6));
    driver.run(rows(new Place(1, 0, new int[] {0}), 0, 7, 8));
    refuses("is not in the cache", () -> driver.run(rows(PLACE, 2, 9)));
  }

  @Test
  void seesALastTokenThatNobodyDrew() {
    driver.seat(0, SamplingParams.GREEDY);
    refuses("last token of seat 0", () -> driver.run(rows(PLACE, 0, Step.LAST_TOKEN)));
  }

  @Test
  void seesAnEmptySeat() {
    refuses("seat 0 is empty", () -> driver.run(rows(PLACE, 0, 1)));
  }

  @Test
  void seesAnEmptySlot() {
    driver.seat(1, SamplingParams.GREEDY);
    Place adapter = new Place(1, 2, new int[] {3});
    refuses("slot 2 is empty", () -> driver.run(rows(adapter, 0, 1)));
  }

  @Test
  void seesSegmentsThatAreNotOrderedByGeneration() {
    driver.seat(0, SamplingParams.GREEDY);
    driver.slot(0, Tickets.ticket(new GenerationId("b")));
    driver.slot(1, Tickets.ticket(new GenerationId("a")));
    Join[] joins = {new Join(0, 1f, 0), new Join(1, 1f, 0)};
    Step step = driver.step(rows(new Place(0, List.of(joins), new int[] {0}), 0, 1, 2));
    assertEquals(1, step.slot[0]);
    step.slot[0] = 0;
    step.slot[1] = 1;
    refuses("segments are not by generation", () -> driver.submit(step));
  }

  @Test
  void seesASumOfAnAdapterThatHasNone() {
    driver.seat(0, SamplingParams.GREEDY);
    driver.slot(0, Tickets.ticket(new GenerationId("a")));
    driver.slot(1, new Tickets.Ready(Tickets.scaling(new GenerationId("b"))));
    Join half = new Join(1, 0.5f, 0);
    Place weighted = new Place(0, List.of(half), new int[] {0});
    refuses("is a sum of what has none", () -> driver.run(rows(weighted, 0, 1)));
  }

  @Test
  void seesARowThatSumsAnAdapterThatHasNone() {
    driver.seat(0, SamplingParams.GREEDY);
    driver.slot(0, Tickets.ticket(new GenerationId("z")));
    driver.slot(1, new Tickets.Ready(Tickets.scaling(new GenerationId("b"))));
    Place sum = new Place(0, List.of(new Join(0, 1f, 0), new Join(1, 1f, 0)), new int[] {0});
    refuses("is a sum of what has none", () -> driver.run(rows(sum, 0, 1)));
  }

  @Test
  void seesABlockSeatOrSlotThatIsUsedTooEarly() {
    driver.seat(0, SamplingParams.GREEDY);
    driver.seat(1, SamplingParams.GREEDY);
    driver.slot(0, Tickets.ticket(new GenerationId("g")));
    driver.submit(driver.step(rows(new Place(0, 0, new int[] {0}), 0, 1, 2)));
    refuses("seat 0 is in flight", () -> driver.freeSeat(0));
    refuses("slot 0 is in flight", () -> driver.freeSlot(0));
    Place other = new Place(1, Place.BASE, new int[] {0});
    refuses("uses block 0 of step 1", () -> driver.submit(driver.step(rows(other, 0, 3))));
  }

  @Test
  void seesAStepThatChangesInFlight() {
    driver.seat(0, SamplingParams.GREEDY);
    Step step = driver.step(rows(PLACE, 0, 1, 2));
    driver.submit(step);
    step.token[1] = 7;
    refuses("was changed", () -> executor.take(0));
  }

  @Test
  void tokenDependsOnAllTokensTheAdapterAndTheSeed() {
    int[] prompt = {1, 2, 3};
    SamplingParams other = new SamplingParams(1f, 0, 1f, 0f, 1, -1);
    int base = Script.next(prompt, 3, Composition.BASE, SamplingParams.GREEDY, 1000);
    assertTrue(
        base != Script.next(new int[] {2, 2, 3}, 3, Composition.BASE, SamplingParams.GREEDY, 1000));
    assertTrue(
        base
            != Script.next(
                prompt, 3, Composition.of(new GenerationId("g")), SamplingParams.GREEDY, 1000));
    assertTrue(base != Script.next(prompt, 3, Composition.BASE, other, 1000));
    Part part = new Part(new GenerationId("g"), 2f);
    assertTrue(drawn(0, part) != drawn(0, new Part(part.adapter(), 3f)));
    assertTrue(drawn(0, part) != drawn(0, part, new Part(new GenerationId("h"), 2f)));
    assertTrue(drawn(0, part) != drawn(1, part));
    assertTrue(drawn(1, part) != drawn(2, part));
    assertEquals(base, drawn(3, part));
    assertEquals(
        base, Script.continuation(prompt, 2, GenerationId.BASE, SamplingParams.GREEDY, 1000)[0]);
  }

  private static int drawn(int from, Part... parts) {
    Composition composition = new Composition(List.of(parts));
    return Script.continuation(
        new int[] {1, 2, 3}, 1, composition, from, SamplingParams.GREEDY, 1000)[0];
  }

  private static void refuses(String message, Runnable breach) {
    AssertionError error = assertThrows(AssertionError.class, breach::run);
    assertTrue(String.valueOf(error.getMessage()).contains(message), error::toString);
  }

  private static Chunk rows(Place place, int first, int... tokens) {
    return new Chunk(place, 3, first, tokens, Emit.SAMPLE);
  }
}
