package io.lorikeet.engine.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenBias;
import io.lorikeet.engine.sample.TokenRules;
import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.engine.spi.StepDriver.Chunk;
import io.lorikeet.engine.spi.StepDriver.Join;
import io.lorikeet.engine.spi.StepDriver.Place;
import io.lorikeet.engine.spi.TakeResult.Hidden;
import io.lorikeet.engine.spi.TakeResult.RowOutput;
import io.lorikeet.engine.spi.TakeResult.Sampled;
import io.lorikeet.engine.spi.TakeResult.Scored;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every executor does. Knows no model: it compares what a sequence gives in one setting with
 * what it gives in another. Open one with at least 2 slots, 4 seats, 8 rows, 24 blocks and 64
 * positions.
 */
public abstract class ExecutorContract {
  private static final int PROMPT = 37; // over two block borders, and a rest

  private StepDriver driver;
  private Executor executor;

  /** A fresh executor, on the calling thread. */
  protected abstract Executor open();

  /**
   * An adapter of the model.
   *
   * @param number 0 to 2, for three different ones; 0 and 2 have a weighted sum
   */
  protected abstract AdapterImage adapter(int number);

  /**
   * Whether two results with different adapters or weights differ, as they do where it computes.
   */
  protected void assertOther(Sampled one, Sampled other, String what) {
    assertFalse(Arrays.equals(one.logits(), other.logits()), what);
  }

  /** Hidden states of another adapter are others, unless the executor knows no adapters. */
  protected void assertOther(float[] one, float[] other, String what) {
    assertFalse(Arrays.equals(one, other), what);
  }

  /** Whether two results of the same rows agree: bit for bit unless the numerics say less. */
  protected void assertSame(Sampled expected, Sampled actual, String what) {
    assertEquals(expected.token(), actual.token(), what);
    assertArrayEquals(expected.logits(), actual.logits(), what);
  }

  @BeforeEach
  final void start() {
    executor = open();
    driver = new StepDriver(executor);
  }

  @AfterEach
  final void stop() {
    driver.close();
  }

  @Test
  void saysHowMuchItHolds() {
    ExecutorInfo info = driver.info();
    assertTrue(info.depth() >= 1, "depth " + info.depth());
    assertTrue(info.slots() >= 2, "slots " + info.slots());
    assertTrue(info.seats() >= 4, "seats " + info.seats());
    assertTrue(info.rowsMax() >= 8, "rows " + info.rowsMax());
    assertTrue(info.kvBlocks() >= 24, "blocks " + info.kvBlocks());
    assertTrue(info.contextMax() >= 64, "positions " + info.contextMax());
    assertEquals(16, info.blockTokens());
  }

  @Test
  void onlyEmittingRowsGiveOutputs() {
    Place place = sit(0, Place.BASE, 0);
    int[] prompt = prompt(0, 8);
    assertEquals(List.of(), driver.run(chunk(place, prompt, 0, 4, Emit.NONE)));

    List<RowOutput> outputs = driver.run(chunk(place, prompt, 4, 8, Emit.SAMPLE));

    assertEquals(1, outputs.size());
    Sampled sampled = (Sampled) outputs.getFirst();
    assertEquals(3, sampled.row());
    assertTrue(sampled.token() >= 0 && sampled.token() < driver.info().vocabSize());
    assertEquals(0, sampled.logits().length);
  }

  @Test
  void outputsComeInTheOrderOfTheRows() {
    Place first = sit(2, Place.BASE, 0);
    Place second = sit(0, Place.BASE, 3);

    List<RowOutput> outputs =
        driver.run(
            chunk(first, prompt(0, 3), 0, 3, Emit.SAMPLE),
            chunk(second, prompt(1, 2), 0, 2, Emit.SAMPLE));

    assertEquals(List.of(2, 4), outputs.stream().map(RowOutput::row).toList());
  }

  @Test
  void rawLogitsComeWhereAsked() {
    Place place = sit(0, Place.BASE, 0);
    Sampled sampled = prefill(place, prompt(0, 5), 5);
    assertEquals(driver.info().vocabSize(), sampled.logits().length);
  }

  @Test
  void logProbabilitiesComeWhereTheSeatAsks() {
    Place silent = sit(0, Place.BASE, 0);
    driver.seat(1, new SamplingParams(0f, 0, 1f, 0f, 0, 2));
    Place telling = new Place(1, Place.BASE, blocks(3));
    int[] prompt = prompt(0, 3);

    List<RowOutput> outputs =
        driver.run(
            chunk(silent, prompt, 0, 3, Emit.SAMPLE), chunk(telling, prompt, 0, 3, Emit.SAMPLE));

    Sampled without = (Sampled) outputs.get(0);
    Sampled with = (Sampled) outputs.get(1);
    assertTrue(Float.isNaN(without.logprob()));
    assertEquals(0, without.topIds().length + without.topLogprobs().length);
    assertTrue(with.logprob() <= 0, "logprob " + with.logprob());
    assertEquals(2, with.topIds().length);
    assertEquals(2, with.topLogprobs().length);
    assertTrue(with.topLogprobs()[0] >= with.topLogprobs()[1]);
  }

  @Test
  void promptMayBeCutIntoAnyChunks() {
    int[] prompt = prompt(0, PROMPT);
    Sampled whole = prefill(sit(0, Place.BASE, 0), prompt, 8);
    assertSame(whole, prefill(sit(1, Place.BASE, 3), prompt, 5), "chunks of 5");
    assertSame(whole, prefill(sit(2, Place.BASE, 6), prompt, 1), "single rows");
  }

  @Test
  void blockTableMayNameBlocksInAnyOrder() {
    int[] prompt = prompt(0, PROMPT);
    Sampled expected = prefill(sit(0, Place.BASE, 0), prompt, 8);
    driver.seat(1, sampling(0));
    Place scattered = new Place(1, Place.BASE, new int[] {20, 4, 11});
    assertSame(expected, prefill(scattered, prompt, 7), "scattered blocks");
  }

  @Test
  void blocksKeepNothingOfTheirPast() {
    int[] prompt = prompt(1, PROMPT);
    Sampled fresh = prefill(sit(0, Place.BASE, 0), prompt, 8);
    Place used = sit(1, Place.BASE, 3);
    prefill(used, prompt(2, 48), 8);
    driver.freeSeat(1);
    driver.seat(1, sampling(0));
    assertSame(fresh, prefill(used, prompt, 8), "used blocks");
  }

  @Test
  void lastTokenOfASeatIsTheOneThatItDrew() {
    int[] prompt = prompt(0, 14);
    List<Sampled> told = decode(sit(0, Place.BASE, 0), prompt, 20, true);
    List<Sampled> untold = decode(sit(1, Place.BASE, 3), prompt, 20, false);
    for (int i = 0; i < told.size(); i++) {
      assertSame(told.get(i), untold.get(i), "token " + i);
    }
  }

  @Test
  void sameRowDrawsTheSameTokenAgain() {
    Place place = sit(0, Place.BASE, 0);
    int[] prompt = prompt(0, 6);
    Sampled first = prefill(place, prompt, 6);
    Sampled second = sampled(driver.run(chunk(place, prompt, 5, 6, Emit.LOGITS)));
    assertSame(first, second, "drawn again");
  }

  @Test
  void mixedStepGivesWhatEachSequenceGivesAlone() {
    int[] decoding = prompt(0, 18);
    int[] prefilling = prompt(1, 21);
    Sampled decoded = decode(sit(0, Place.BASE, 0), decoding, 2, true).getLast();
    Sampled prefilled = prefill(sit(1, Place.BASE, 3), prefilling, 7);

    Place a = sit(2, Place.BASE, 6);
    Place b = sit(3, Place.BASE, 9);
    prefill(a, decoding, 8);
    driver.run(chunk(b, prefilling, 0, 8, Emit.NONE));
    driver.run(chunk(b, prefilling, 8, 15, Emit.NONE));
    List<RowOutput> mixed =
        driver.run(
            new Chunk(a, 18, 18, new int[] {Step.LAST_TOKEN}, Emit.LOGITS),
            chunk(b, prefilling, 15, 21, Emit.LOGITS));

    assertSame(decoded, (Sampled) mixed.get(0), "decode row");
    assertSame(prefilled, (Sampled) mixed.get(1), "prefill rows");
  }

  @Test
  void manySequencesInOneStepGiveWhatEachGivesAlone() {
    int count = Math.min(Math.min(driver.info().seats(), driver.info().rowsMax() / 2), 8);
    List<Sampled> alone = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      alone.add(prefill(sit(i, Place.BASE, i), prompt(i, 2), 2));
    }
    Chunk[] chunks = new Chunk[count];
    for (int i = 0; i < count; i++) {
      Place place = new Place(i, Place.BASE, new int[] {8 + i});
      chunks[i] = chunk(place, prompt(i, 2), 0, 2, Emit.LOGITS);
    }
    List<RowOutput> together = driver.run(chunks);
    for (int i = 0; i < count; i++) {
      assertSame(alone.get(i), (Sampled) together.get(i), "sequence " + i);
    }
  }

  @Test
  void baseAndAdaptersShareAStepAndEachKeepsItsOwn() {
    driver.slot(0, ticket(0));
    driver.slot(1, ticket(1));
    int[] prompt = prompt(0, 2);
    int[] slots = {Place.BASE, 0, 1};
    List<Sampled> alone = new ArrayList<>();
    for (int i = 0; i < slots.length; i++) {
      alone.add(prefill(sit(i, slots[i], i), prompt, 2));
    }
    Chunk[] chunks = new Chunk[slots.length];
    for (int i = 0; i < slots.length; i++) {
      Place place = new Place(i, slots[i], new int[] {10 + i});
      chunks[i] = chunk(place, prompt, 0, 2, Emit.LOGITS);
    }
    List<RowOutput> together = driver.run(chunks);
    for (int i = 0; i < slots.length; i++) {
      assertSame(alone.get(i), (Sampled) together.get(i), "slot " + slots[i]);
    }
  }

  @Test
  void sequencesOfOneAdapterShareItsSegment() {
    driver.slot(1, ticket(0));
    Sampled first = prefill(sit(0, 1, 0), prompt(0, 3), 3);
    Sampled second = prefill(sit(1, 1, 1), prompt(1, 3), 3);
    List<RowOutput> together =
        driver.run(
            chunk(new Place(0, 1, new int[] {10}), prompt(0, 3), 0, 3, Emit.LOGITS),
            chunk(new Place(1, 1, new int[] {11}), prompt(1, 3), 0, 3, Emit.LOGITS));
    assertSame(first, (Sampled) together.get(0), "first");
    assertSame(second, (Sampled) together.get(1), "second");
  }

  @Test
  void slotMayHoldAnotherAdapterLater() {
    int[] prompt = prompt(0, 20);
    driver.slot(0, ticket(1));
    Sampled expected = prefill(sit(0, 0, 0), prompt, 8);
    driver.slot(1, ticket(0));
    prefill(sit(1, 1, 3), prompt, 8);
    driver.freeSlot(1);
    driver.slot(1, ticket(1));
    assertSame(expected, prefill(sit(2, 1, 6), prompt, 8), "bound again");
  }

  @Test
  void adapterMayMoveToAnotherSlotBetweenSteps() {
    int[] prompt = prompt(0, 14);
    driver.slot(0, ticket(0));
    List<Sampled> expected = decode(sit(0, 0, 0), prompt, 4, true);

    Place before = sit(1, 0, 3);
    List<Sampled> moved = new ArrayList<>(decode(before, prompt, 2, true));
    driver.freeSlot(0);
    driver.slot(1, ticket(0));
    Place after = new Place(1, 1, before.blocks());
    for (int i = 2; i < 4; i++) {
      moved.add(
          sampled(
              driver.run(new Chunk(after, 14, 13 + i, new int[] {Step.LAST_TOKEN}, Emit.LOGITS))));
    }
    for (int i = 0; i < 4; i++) {
      assertSame(expected.get(i), moved.get(i), "token " + i);
    }
  }

  @Test
  void weightedSumsShareAStepWithTheirPartsAndTheBase() {
    driver.slot(0, ticket(0));
    driver.slot(1, ticket(2));
    int[] prompt = prompt(0, 2);
    List<List<Join>> joins =
        List.of(
            List.of(new Join(0, 0.5f, 0), new Join(1, -1.5f, 0)),
            List.of(new Join(0, 0.5f, 0), new Join(1, 2f, 0)),
            List.of(new Join(1, -1.5f, 0)),
            List.of());
    List<Sampled> alone = new ArrayList<>();
    for (int i = 0; i < joins.size(); i++) {
      alone.add(prefill(sit(i, joins.get(i), i), prompt, 2));
    }
    Chunk[] chunks = new Chunk[joins.size()];
    for (int i = 0; i < joins.size(); i++) {
      chunks[i] = chunk(new Place(i, joins.get(i), blocks(10 + i)), prompt, 0, 2, Emit.LOGITS);
    }

    List<RowOutput> together = driver.run(chunks);

    for (int i = 0; i < joins.size(); i++) {
      assertSame(alone.get(i), (Sampled) together.get(i), "joins " + joins.get(i));
      for (int other = 0; other < i; other++) {
        assertOther(alone.get(i), alone.get(other), joins.get(i) + " and " + joins.get(other));
      }
    }
  }

  @Test
  void sumIsTheSameWhateverSlotsItsAdaptersHave() {
    int[] prompt = prompt(0, PROMPT);
    driver.slot(0, ticket(0));
    driver.slot(1, ticket(2));
    Place before = sit(0, List.of(new Join(0, 0.7f, 0), new Join(1, 0.4f, 0)), 0);
    Sampled expected = prefill(before, prompt, 8);
    driver.freeSlot(0);
    driver.freeSlot(1);
    driver.slot(1, ticket(0));
    driver.slot(0, ticket(2));
    Place after = sit(1, List.of(new Join(0, 0.4f, 0), new Join(1, 0.7f, 0)), 3);
    assertSame(expected, prefill(after, prompt, 8), "slots the other way round");
  }

  @Test
  void sumOfAPromptMayBeCutIntoAnyChunks() {
    driver.slot(0, ticket(0));
    driver.slot(1, ticket(2));
    List<Join> joins = List.of(new Join(0, 0.7f, 0), new Join(1, 0.4f, 0));
    int[] prompt = prompt(0, PROMPT);
    Sampled expected = prefill(sit(0, joins, 0), prompt, 8);
    assertSame(expected, prefill(sit(1, joins, 3), prompt, 1), "single rows");
    assertSame(expected, prefill(sit(2, joins, 6), prompt, 5), "chunks of 5");
  }

  @Test
  void adapterMayActFromAPositionOn() {
    driver.slot(0, ticket(0));
    int[] prompt = prompt(0, PROMPT);
    Sampled expected = prefill(sit(0, from(20), 0), prompt, 1);
    assertSame(expected, prefill(sit(1, from(20), 3), prompt, 8), "rows in and out of a segment");
    assertSame(expected, prefill(sit(2, from(20), 6), prompt, 5), "chunks that end there");
    assertOther(expected, prefill(sit(3, from(0), 9), prompt, 8), "acts from the start");
    driver.freeSeat(3);
    assertOther(expected, prefill(sit(3, from(21), 12), prompt, 8), "acts from one row later");
  }

  @Test
  void rowsBeforeAnAdapterActsAreThoseOfTheBase() {
    driver.slot(0, ticket(0));
    int[] prompt = prompt(0, PROMPT);
    Sampled base = prefill(sit(0, Place.BASE, 0), prompt, 8);
    assertSame(base, prefill(sit(1, from(PROMPT), 3), prompt, 8), "acts after the prompt");
    assertOther(base, prefill(sit(2, from(PROMPT - 1), 6), prompt, 8), "acts on the last row");
  }

  @Test
  void seatBoundAgainDrawsAsItsNewSequenceSays() {
    int[] prompt = prompt(0, 4);
    driver.seat(0, sampling(7));
    Sampled expected = prefill(new Place(0, Place.BASE, blocks(0)), prompt, 4);
    Place place = sit(1, Place.BASE, 3);
    prefill(place, prompt(1, 9), 8);
    driver.freeSeat(1);
    driver.seat(1, sampling(7));
    assertSame(expected, prefill(place, prompt, 4), "bound again");
  }

  @Test
  void sequenceComputedAnewElsewhereGoesOnWithTheSameTokens() {
    int[] prompt = prompt(0, 15);
    List<Sampled> straight = decode(sit(0, Place.BASE, 0), prompt, 6, true);
    int[] soFar = Arrays.copyOf(prompt, 18);
    for (int i = 0; i < 3; i++) {
      soFar[15 + i] = straight.get(i).token();
    }
    Sampled resumed = prefill(sit(1, Place.BASE, 3), soFar, 15, 7);
    assertSame(straight.get(3), resumed, "first token after the resumption");
  }

  @Test
  void rowsThatScoreTellHowLikelyTheirTargetsAre() {
    int[] prompt = prompt(0, 14);
    Place whole = sit(0, Place.BASE, 0);
    List<Scored> together = scores(driver.run(scoring(whole, prompt, 0, 7, 3)));
    together.addAll(scores(driver.run(scoring(whole, prompt, 7, 13, 3))));
    assertEquals(13, together.size());
    Place single = sit(1, Place.BASE, 3);
    for (int row = 0; row < 13; row++) {
      Scored alone = scores(driver.run(scoring(single, prompt, row, row + 1, 3))).getFirst();
      Scored among = together.get(row);
      assertTrue(alone.logprob() <= 0, "logprob " + alone.logprob());
      assertEquals(alone.logprob(), among.logprob(), 1e-4f, "row " + row);
      assertArrayEquals(alone.topIds(), among.topIds(), "row " + row);
      assertRank(among, prompt[row + 1]);
      assertEquals(3, among.topLogprobs().length);
    }
  }

  // A token is among the likeliest ones exactly when its rank says so.
  private static void assertRank(Scored score, int target) {
    int[] top = score.topIds();
    assertTrue(score.rank() >= 1, "rank " + score.rank());
    if (score.rank() <= top.length) {
      assertEquals(target, top[score.rank() - 1]);
      assertEquals(score.logprob(), score.topLogprobs()[score.rank() - 1]);
    } else {
      assertTrue(Arrays.stream(top).noneMatch(id -> id == target), "rank " + score.rank());
    }
  }

  @Test
  void rowsThatScoreDrawNothing() {
    int[] prompt = prompt(0, 14);
    Sampled expected = prefill(sit(0, Place.BASE, 0), prompt, 7);
    Place place = sit(1, Place.BASE, 3);
    driver.run(scoring(place, prompt, 0, 7, 0));
    driver.run(scoring(place, prompt, 7, 13, 0));
    Chunk last = new Chunk(place, 14, 13, new int[] {prompt[13]}, Emit.LOGITS);
    assertSame(expected, sampled(driver.run(last)), "after scores");
  }

  @Test
  void hiddenStatesAreTheSameHoweverTheirRowsAreCut() {
    int[] prompt = prompt(0, 14);
    Place whole = sit(0, Place.BASE, 0);
    List<Hidden> together = hiddens(driver.run(hiding(whole, prompt, 0, 8)));
    together.addAll(hiddens(driver.run(hiding(whole, prompt, 8, 14))));
    assertEquals(14, together.size());
    Place single = sit(1, Place.BASE, 3);
    for (int row = 0; row < 14; row++) {
      float[] alone = hiddens(driver.run(hiding(single, prompt, row, row + 1))).getFirst().values();
      assertEquals(driver.info().hiddenSize(), alone.length);
      assertArrayEquals(alone, together.get(row).values(), 1e-4f, "row " + row);
      assertFalse(row > 0 && Arrays.equals(alone, together.get(row - 1).values()), "row " + row);
    }
  }

  @Test
  void hiddenStatesAreThoseOfTheRowsAdapters() {
    driver.slot(0, ticket(0));
    int[] prompt = prompt(0, 2);
    float[] base = lastHidden(sit(0, Place.BASE, 0), prompt);
    float[] adapted = lastHidden(sit(1, 0, 1), prompt);
    assertOther(base, adapted, "with the adapter");

    List<RowOutput> together =
        driver.run(
            hiding(new Place(0, Place.BASE, blocks(10)), prompt, 0, 2),
            hiding(new Place(1, 0, blocks(11)), prompt, 0, 2));

    assertArrayEquals(base, hiddens(together).get(1).values(), 1e-4f);
    assertArrayEquals(adapted, hiddens(together).get(3).values(), 1e-4f);
  }

  @Test
  void rowsThatGiveTheirHiddenStateDrawNothingAndShareAStepWithThoseThatDraw() {
    int[] prompt = prompt(0, 14);
    Sampled expected = prefill(sit(0, Place.BASE, 0), prompt, 7);
    float[] hidden = lastHidden(sit(1, Place.BASE, 3), prompt(1, 3));
    Place place = sit(2, Place.BASE, 6);
    driver.run(hiding(place, prompt, 0, 7));
    driver.run(hiding(place, prompt, 7, 13));
    Place other = new Place(1, Place.BASE, blocks(9));

    List<RowOutput> mixed =
        driver.run(
            hiding(other, prompt(1, 3), 0, 2),
            new Chunk(place, 14, 13, new int[] {prompt[13]}, Emit.LOGITS));
    List<RowOutput> swapped =
        driver.run(
            new Chunk(place, 14, 13, new int[] {prompt[13]}, Emit.LOGITS),
            hiding(other, prompt(1, 3), 2, 3));

    assertEquals(List.of(0, 1, 2), mixed.stream().map(RowOutput::row).toList());
    assertSame(expected, (Sampled) mixed.get(2), "after hidden states");
    assertEquals(List.of(0, 1), swapped.stream().map(RowOutput::row).toList());
    assertSame(expected, (Sampled) swapped.get(0), "before hidden states");
    assertArrayEquals(hidden, ((Hidden) swapped.get(1)).values(), 1e-4f);
  }

  private static Chunk hiding(Place place, int[] tokens, int from, int to) {
    int[] rows = Arrays.copyOfRange(tokens, from, to);
    return new Chunk(place, tokens.length, from, rows, Emit.HIDDEN, rows, 0);
  }

  private static List<Hidden> hiddens(List<RowOutput> outputs) {
    return new ArrayList<>(outputs.stream().map(Hidden.class::cast).toList());
  }

  private float[] lastHidden(Place place, int[] tokens) {
    return hiddens(driver.run(hiding(place, tokens, 0, tokens.length))).getLast().values();
  }

  @Test
  void tokensThatASeatDrewCountAsThoseThatItIsToldOf() {
    int[] prompt = prompt(0, 15);
    SamplingParams sampling = penalised();
    driver.seat(0, sampling, new Binding.Tokens(prompt, 15, 15, 27));
    List<Sampled> straight = decode(new Place(0, Place.BASE, blocks(0)), prompt, 12, false);
    int[] all = Arrays.copyOf(prompt, 27);
    for (int i = 0; i < 12; i++) {
      all[15 + i] = straight.get(i).token();
    }
    for (int known = 16; known < 27; known++) {
      driver.seat(1, sampling, new Binding.Tokens(all, known, 15, 27));
      Place again = new Place(1, Place.BASE, blocks(3));
      Sampled resumed = prefill(again, Arrays.copyOf(all, known), 15, 7);
      assertSame(straight.get(known - 15), resumed, "with " + known + " tokens");
      driver.freeSeat(1);
    }
  }

  @Test
  void seatOfAnotherSequenceForgetsWhatWasDrawnOnIt() {
    int[] prompt = prompt(0, 6);
    Binding.Tokens tokens = new Binding.Tokens(prompt, 6, 6, 20);
    driver.seat(0, penalised(), tokens);
    Place place = new Place(0, Place.BASE, blocks(0));
    List<Sampled> first = decode(place, prompt, 10, true);
    driver.freeSeat(0);
    driver.seat(0, penalised(), tokens);
    List<Sampled> second = decode(place, prompt, 10, true);
    for (int i = 0; i < 10; i++) {
      assertSame(first.get(i), second.get(i), "token " + i);
    }
  }

  @Test
  void stepsAreTakenOldestFirst() {
    Place first = sit(0, Place.BASE, 0);
    Place second = sit(1, Place.BASE, 3);
    for (int i = 0; i < 6; i++) {
      Place place = i % 2 == 0 ? first : second;
      driver.submit(driver.step(chunk(place, prompt(i, 2), 0, 2, Emit.SAMPLE)));
    }
    List<List<RowOutput>> all = driver.drain(); // checks the order of the ids
    assertEquals(6, all.size());
  }

  @Test
  void closesWithAStepInFlight() {
    Place place = sit(0, Place.BASE, 0);
    driver.submit(driver.step(chunk(place, prompt(0, 2), 0, 2, Emit.SAMPLE)));
    // stop() closes it: nothing may be thrown
  }

  private Transfers.Ticket ticket(int number) {
    AdapterImage image = adapter(number);
    Transfers.Ticket ticket = executor.transfers().stage(image);
    assertEquals(image, ticket.image());
    return ticket;
  }

  /** Seats a sequence on three blocks from {@code block} on. */
  private Place sit(int seat, int slot, int block) {
    driver.seat(seat, sampling(0));
    return new Place(seat, slot, blocks(block));
  }

  private Place sit(int seat, List<Join> joins, int block) {
    driver.seat(seat, sampling(0));
    return new Place(seat, joins, blocks(block));
  }

  private static List<Join> from(int position) {
    return List.of(new Join(0, 1f, position));
  }

  private static int[] blocks(int first) {
    return new int[] {first, first + 1, first + 2};
  }

  private static SamplingParams sampling(long seed) {
    return new SamplingParams(1f, 0, 1f, 0f, seed, -1);
  }

  private static SamplingParams penalised() {
    return new SamplingParams(
        0.9f,
        0,
        1f,
        0f,
        0.95f,
        new Penalties(1.4f, 0.5f, 0.7f),
        new TokenBias(new int[] {2, 5}, new float[] {0.5f, -1f}),
        new Withheld(new int[] {3}, 4),
        new TokenRules(new int[][] {{7}, {1, 2}, {4, 5}}, new int[] {1, 2, 3, 4, 5, 6, 7, 8}),
        11,
        -1);
  }

  private int[] prompt(int number, int length) {
    int[] tokens = new int[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = (3 + number * 5 + i * 7 + i * i) % driver.info().vocabSize();
    }
    return tokens;
  }

  private static Chunk chunk(Place place, int[] tokens, int from, int to, Emit last) {
    return new Chunk(place, tokens.length, from, Arrays.copyOfRange(tokens, from, to), last);
  }

  private static Chunk scoring(Place place, int[] tokens, int from, int to, int top) {
    int[] rows = Arrays.copyOfRange(tokens, from, to);
    int[] targets = Arrays.copyOfRange(tokens, from + 1, to + 1);
    return new Chunk(place, tokens.length, from, rows, Emit.SCORE, targets, top);
  }

  private static List<Scored> scores(List<RowOutput> outputs) {
    return new ArrayList<>(outputs.stream().map(Scored.class::cast).toList());
  }

  private Sampled prefill(Place place, int[] tokens, int rows) {
    return prefill(place, tokens, tokens.length, rows);
  }

  /** Computes all tokens in chunks of so many rows; the draw of the last one. */
  private Sampled prefill(Place place, int[] tokens, int promptLength, int rows) {
    List<RowOutput> outputs = List.of();
    for (int from = 0; from < tokens.length; from += rows) {
      int to = Math.min(tokens.length, from + rows);
      Emit last = to == tokens.length ? Emit.LOGITS : Emit.NONE;
      int[] chunk = Arrays.copyOfRange(tokens, from, to);
      outputs = driver.run(new Chunk(place, promptLength, from, chunk, last));
    }
    return sampled(outputs);
  }

  /**
   * Draws so many tokens.
   *
   * @param told each step names the last token; else the seat knows it, and steps are in flight
   *     together where the executor allows
   */
  private List<Sampled> decode(Place place, int[] prompt, int count, boolean told) {
    List<Sampled> drawn = new ArrayList<>();
    drawn.add(prefill(place, prompt, 7));
    for (int i = 1; i < count; i++) {
      int token = told ? drawn.getLast().token() : Step.LAST_TOKEN;
      int position = prompt.length + i - 1;
      Chunk row = new Chunk(place, prompt.length, position, new int[] {token}, Emit.LOGITS);
      if (told) {
        drawn.add(sampled(driver.run(row)));
      } else {
        driver.submit(driver.step(row));
      }
    }
    driver.drain().forEach(outputs -> drawn.add(sampled(outputs)));
    return drawn;
  }

  private static Sampled sampled(List<RowOutput> outputs) {
    assertEquals(1, outputs.size());
    return (Sampled) outputs.getFirst();
  }
}
