package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.Script;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How sequences run and end. */
final class StepLoopTest {
  private final LoopFixture world = new LoopFixture();

  @Test
  void sequenceDrawsItsTokensAndEndsByLength() {
    Request request = Request.of(1).promptTokens(20).newTokens(7);
    world.start().submit(request).finish();
    assertEquals(world.expected(request), world.drawn(1));
    assertEquals(new EndReason.Length(), world.ended.get(1L));
    assertEquals(new Usage(20, 7, 0), world.usage.get(1L));
  }

  @Test
  void stopTokenIsDeliveredAndEndsTheSequence() {
    List<Integer> tokens = world.expected(Request.of(1).newTokens(9));
    world.start().submit(Request.of(1).newTokens(9).stops(-5, tokens.get(3))).finish();
    assertEquals(tokens.subList(0, 4), world.drawn(1));
    assertEquals(new EndReason.Stop(tokens.get(3)), world.ended.get(1L));
  }

  @Test
  void tokensAreTheSameAloneAndTogetherAndWithOneStepMoreInFlight() {
    for (boolean delayed : new boolean[] {false, true}) {
      LoopFixture together = new LoopFixture();
      together.delayed = delayed;
      together.start();
      for (int id = 1; id <= 6; id++) {
        together.submit(Request.of(id).promptTokens(3 * id).newTokens(5 + id));
      }
      together.finish();
      for (int id = 1; id <= 6; id++) {
        Request request = Request.of(id).promptTokens(3 * id).newTokens(5 + id);
        assertEquals(together.expected(request), together.drawn(id));
      }
    }
  }

  @Test
  void sequenceThatStoppedWhileItsNextRowWasInFlightDeliversNothingMore() {
    world.delayed = true;
    List<Integer> tokens = world.expected(Request.of(1).newTokens(9));
    world.start().submit(Request.of(1).newTokens(9).stops(tokens.get(2))).finish();
    assertEquals(tokens.subList(0, 3), world.drawn(1));
    assertEquals(4, world.ran.size(), "one row is wasted");
    assertEquals(world.info.kvBlocks(), world.loop().state().blocksFree());
  }

  @Test
  void lengthIsKnownBeforeAndWastesNoRow() {
    world.delayed = true;
    world.start().submit(Request.of(1).newTokens(4)).finish();
    assertEquals(4, world.ran.size());
  }

  @Test
  void promptThatIsToBeScoredComesWithTheLogProbabilityOfEachTokenButTheFirst() {
    for (boolean delayed : new boolean[] {false, true}) {
      LoopFixture scoring = new LoopFixture();
      scoring.info = Infos.of("scripted", 1, 64, 10, 4, 8);
      scoring.delayed = delayed;
      Request request = Request.of(1).promptTokens(40).newTokens(3).scored(2);
      scoring.start().submit(request).submit(Request.of(2).promptTokens(30)).finish();

      int[] prompt = request.build().promptIds();
      List<TokenOut> scores = scoring.scored(1);
      assertEquals(
          Arrays.stream(prompt).skip(1).boxed().toList(),
          scores.stream().map(TokenOut::id).toList());
      assertEquals(
          Script.scores(prompt, Composition.BASE, 0),
          scores.stream().map(TokenOut::logprob).toList());
      assertTrue(scores.stream().allMatch(s -> s.topIds().length == 2));
      assertEquals(scoring.expected(request), scoring.drawn(1));
      assertFalse(scoring.scores.containsKey(2L), "nobody asked");
    }
  }

  @Test
  void rowsThatScoreAreCountedAsPrefill() {
    world.start().submit(Request.of(1).promptTokens(5).newTokens(1).scored(0));
    StepReport report = world.step();
    assertEquals(4, report.prefillRows());
    assertEquals(1, report.sampleRows());
    assertEquals(1, report.tokens());
    assertEquals(4, world.scored(1).size());
  }

  @Test
  void promptOfOneTokenHasNoScores() {
    world.start().submit(Request.of(1).promptTokens(1).newTokens(2).scored(1)).finish();
    assertEquals(2, world.drawn(1).size());
    assertTrue(world.scores.isEmpty());
  }

  @Test
  void decodeRowsGoFirstAndPrefillFillsTheRest() {
    world.info = Infos.of("scripted", 1, 64, 10, 4, 8);
    world.start();
    world.submit(Request.of(1).promptTokens(3)).submit(Request.of(2).promptTokens(3));
    world.steps(1);
    world.submit(Request.of(3).promptTokens(40));
    StepReport report = world.step();
    assertEquals(Map.of(1L, 1, 2L, 1, 3L, 8), world.ran.getLast().rows());
    assertEquals(8, report.prefillRows());
    assertEquals(2, report.sampleRows());
    assertEquals(2, report.tokens());
    assertEquals(1, report.admitted());
  }

  @Test
  void rowsAreGroupedBySlotAndSegmentsOrderedByGeneration() {
    world.start();
    world.submit(Request.of(1).adapter("b")).submit(Request.of(2).adapter("a"));
    world.submit(Request.of(3)).submit(Request.of(4).adapter("b")).submit(Request.of(5));
    world.step();
    world.ready("a");
    world.ready("b");
    world.steps(2);
    assertEquals(List.of(3L, 5L, 1L, 4L, 2L), world.ran.getLast().sequences());
    assertEquals(List.of(1, 0), world.ran.getLast().segmentSlots()); // "a", then "b"
  }

  @Test
  void moreSequencesThanRowsTakeTurns() {
    world.info = Infos.of("scripted", 1, 64, 2, 4, 6);
    world.start();
    for (int id = 1; id <= 6; id++) {
      world.submit(Request.of(id).promptTokens(1).newTokens(10));
    }
    world.steps(18);
    for (long id = 1; id <= 6; id++) {
      assertEquals(6, world.drawn(id).size());
    }
  }

  @Test
  void cancelledSequenceLeavesAtOnceAndItsBlocksAndSeatAreFree() {
    world.start().submit(Request.of(1).adapter("a").promptTokens(30));
    world.step();
    world.ready("a");
    world.steps(2);
    world.loop().cancel(1);
    assertEquals(new EndReason.Cancelled(), world.ended.get(1L));
    LoopState state = world.loop().state();
    assertEquals(state.blocksTotal(), state.blocksFree());
    assertEquals(0, state.running());
    assertEquals(1, state.slotsResident());
  }

  @Test
  void cancelledSequenceKeepsItsBlocksWhileAStepInFlightUsesThem() {
    world.delayed = true;
    world.start().submit(Request.of(1).promptTokens(30).newTokens(50));
    world.steps(3);
    assertEquals(1, world.loop().state().stepsInFlight());
    world.loop().cancel(1);
    assertEquals(2, world.loop().state().blocksRetiring());
    assertTrue(world.loop().hasWork());
    world.finish();
    assertEquals(0, world.loop().state().blocksRetiring());
    assertEquals(world.info.kvBlocks(), world.loop().state().blocksFree());
  }

  @Test
  void deadlineEndsWaitingAndRunningSequences() {
    world.info = Infos.of("scripted", 1, 64, 10, 4, 1);
    world.start();
    world.submit(Request.of(1).newTokens(1000).deadline(5_000_000));
    world.submit(Request.of(2).deadline(3_000_000));
    world.steps(3);
    assertEquals(Map.of(), world.ended);
    world.step();
    assertEquals(Map.of(2L, new EndReason.Deadline()), world.ended);
    world.now = 5_000_000;
    world.step();
    assertEquals(new EndReason.Deadline(), world.ended.get(1L));
    assertEquals(5 - 1, world.drawn(1).size());
  }

  @Test
  void rawLogitsComeWithEveryTokenWhereAsked() {
    world.start().submit(Request.of(1).logits().newTokens(2)).finish();
    for (TokenOut out : world.outs) {
      assertEquals(1f, out.logits()[out.id()]);
    }
  }

  @Test
  void unknownSequencesAreIgnoredAndASecondOneOfTheSameIdIsAProgrammersError() {
    world.start().submit(Request.of(1));
    world.loop().cancel(99);
    world.loop().credit(99, 1);
    assertThrows(IllegalArgumentException.class, () -> world.submit(Request.of(1)));
    assertThrows(IllegalArgumentException.class, () -> world.loop().credit(1, -1));
    world.finish();
    assertEquals(Map.of(1L, new EndReason.Length()), world.ended);
  }

  @Test
  void failEndsEverythingClosesTheExecutorAndRefusesWhatComesLater() {
    world.info = Infos.of("scripted", 1, 64, 10, 4, 1);
    world.start().submit(Request.of(1).newTokens(50)).submit(Request.of(2));
    world.steps(2);
    world.loop().fail(ErrorCode.SHUTTING_DOWN, "bye");
    world.submit(Request.of(3));
    assertEquals(new EndReason.Failed(ErrorCode.SHUTTING_DOWN, "bye"), world.ended.get(1L));
    EndReason rejected = new EndReason.Rejected(ErrorCode.SHUTTING_DOWN, "bye");
    assertEquals(rejected, world.ended.get(2L));
    assertEquals(rejected, world.ended.get(3L));
    assertTrue(world.scripted.isClosed());
    assertFalse(world.loop().hasWork());
    assertTrue(world.loop().nextWakeNanos().isEmpty());
    assertEquals(new StepReport.Idle(), world.step().outcome());
  }
}
