package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.Infos;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences that run with a weighted sum of adapters. */
final class ComposedSequencesTest {
  private final LoopFixture world = new LoopFixture();

  @Test
  void everyRowJoinsTheSegmentsOfItsAdaptersWithItsOwnWeights() {
    Request sum = Request.of(1).with("b", -2f).with("a", 0.5f).newTokens(8);
    Request other = Request.of(2).with("b", 3f).with("a", 0.5f).newTokens(8);
    Request half = Request.of(3).with("b", 0.5f).newTokens(8);
    Request plain = Request.of(4).adapter("a").newTokens(8);
    Request base = Request.of(5).newTokens(8);
    world.start();
    List.of(sum, other, half, plain, base).forEach(world::submit);
    world.step();
    world.ready("a");
    world.ready("b");
    world.finish();
    assertEquals(world.expected(sum), world.drawn(1));
    assertEquals(world.expected(other), world.drawn(2));
    assertEquals(world.expected(half), world.drawn(3));
    assertEquals(world.expected(plain), world.drawn(4));
    assertEquals(world.expected(base), world.drawn(5));
    assertEquals(List.of(0, 1), world.ran.getLast().segmentSlots());
  }

  @Test
  void segmentsComeByGenerationWhateverSlotsWereGivenOut() {
    world.start();
    for (String first : List.of("c", "a", "b")) {
      world.submit(Request.of(first.charAt(0)).adapter(first));
      finish();
    }
    Request sum = Request.of(1).with("a", 1f).with("b", 1f).with("c", 1f);
    world.submit(sum).finish();
    assertEquals(List.of(1, 2, 0), world.ran.getLast().segmentSlots());
    assertEquals(world.expected(sum), world.drawn(1));
  }

  @Test
  void sumWaitsUntilAllOfItsAdaptersAreThere() {
    world.start().submit(Request.of(1).with("a", 1f).with("b", 1f));
    world.finish();
    assertEquals(List.of("a", "b"), world.paged);
    world.ready("a");
    world.finish();
    assertEquals(List.of(), world.drawn(1));
    assertEquals(1, world.loop().state().waitingAdapter());
    world.ready("b");
    world.finish();
    assertEquals(new EndReason.Length(), world.end(1));
    assertEquals(List.of("a", "b"), world.paged);
  }

  @Test
  void slotsStayWhileTheSumRunsAndAreFreeAfterwards() {
    world.info = slots(2);
    world.start().submit(Request.of(1).with("a", 1f).with("b", 1f).newTokens(100));
    world.step();
    world.allReady();
    world.steps(3);
    world.submit(Request.of(2).with("c", 1f).with("d", 1f));
    world.steps(5);
    assertEquals(List.of(), world.unpaged);
    world.loop().cancel(1);
    finish();
    assertEquals(List.of("a", "b"), world.unpaged.stream().sorted().toList());
    assertEquals(new EndReason.Length(), world.end(2));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void sumsThatWantEachOthersSlotsRunOneAfterTheOther(int pagesAhead) {
    world.info = slots(3);
    world.pagesAhead = pagesAhead;
    world.start();
    String[] adapters = {"a", "b", "c", "d", "e"};
    for (int id = 0; id < 10; id++) {
      Request request = Request.of(id).principal("p" + id % 4);
      for (int part = 0; part < 3; part++) {
        request.with(adapters[(id * 2 + part) % 5], 1 + id);
      }
      world.submit(request);
    }
    // One image comes at a time, the one that was asked for last: parts of many sums are there.
    while (world.ended.size() < 10) {
      world.steps(2);
      if (!world.paged.isEmpty()) {
        world.ready(world.paged.removeLast());
      }
      world.now += 10_000_000;
      assertTrue(world.now < 100 * LoopFixture.SECOND, () -> "stuck: " + world.loop().state());
    }
    world.ended.values().forEach(end -> assertEquals(new EndReason.Length(), end));
  }

  @Test
  void partThatIsThereStaysForASumThatIsLookedAtBefore() {
    world.info = slots(2);
    world.start().submit(Request.of(1).with("a", 1f).with("b", 1f));
    world.step();
    world.ready("a");
    world.step();
    world.submit(Request.of(2).adapter("c"));
    world.steps(3);
    assertEquals(List.of(), world.unpaged);
    world.ready("b");
    finish();
    assertEquals(List.of(1L, 2L), world.endOrder);
  }

  @Test
  void streamOfSingleAdaptersDoesNotStarveASum() {
    world.info = slots(2);
    world.start();
    long id = 10;
    world.submit(Request.of(8).adapter("x").newTokens(30)).submit(Request.of(9).adapter("y"));
    world.step();
    world.allReady();
    world.step();
    world.submit(Request.of(1).with("a", 1f).with("b", 1f));
    while (!world.ended.containsKey(1L)) {
      if (world.loop().state().waiting() < 3) {
        String adapter = id % 2 == 0 ? "x" : "y";
        world.submit(Request.of(id++).adapter(adapter).principal(adapter).newTokens(30));
      }
      world.step();
      world.allReady();
      world.now += 20_000_000;
      assertTrue(world.now < 12 * LoopFixture.SECOND, "never scheduled");
    }
    assertEquals(new EndReason.Length(), world.end(1));
  }

  @ParameterizedTest
  @CsvSource({"8, 3", "2, 64"})
  void moreAdaptersThanMayRunTogetherAreRefusedAtOnce(int adaptersMax, int slots) {
    int most = Math.min(adaptersMax, slots);
    world.info = slots(slots);
    world.adaptersMax = adaptersMax;
    world.start();
    Request atMost = Request.of(1);
    for (int i = 0; i < most; i++) {
      atMost.with("a" + i, 1f);
    }
    world.submit(atMost);
    finish();
    assertEquals(new EndReason.Length(), world.end(1));
    world.submit(Request.of(2).composition(atMost.build().composition()).with("more", 1f));
    EndReason.Rejected refused = assertInstanceOf(EndReason.Rejected.class, world.end(2));
    assertEquals(ErrorCode.PARAMETER_OUT_OF_RANGE, refused.code());
    assertEquals(
        "at most " + most + " adapters may run together. Given: " + (most + 1), refused.message());
  }

  @Test
  void adapterWithoutASumEndsThoseThatSumItAndNobodyElse() {
    world.start();
    world.submit(Request.of(1).with("a", 1f).with("scaling", 1f));
    world.submit(Request.of(2).with("scaling", 0.5f));
    world.submit(Request.of(3).adapter("scaling"));
    world.submit(Request.of(4).adapter("a"));
    world.step();
    world.readyAlone("scaling");
    assertNotComposable(1, "adapter scaling must be alone and have weight 1: it scales");
    assertNotComposable(2, "adapter scaling must be alone and have weight 1: it scales");
    world.ready("a");
    world.finish();
    assertEquals(new EndReason.Length(), world.end(3));
    assertEquals(new EndReason.Length(), world.end(4));
    world.submit(Request.of(5).with("scaling", 1f).with("b", 1f)).finish();
    assertNotComposable(5, "adapter scaling must be alone and have weight 1: it scales");
  }

  @Test
  void adapterThatMustBeInvokedHasNoSum() {
    world.start().submit(Request.of(1).with("a", 1f).with("woken", 1f));
    world.step();
    world.ready("a");
    world.ready("woken", new Invocation(2, 3));
    assertNotComposable(1, "adapter woken must be alone and have weight 1: it acts only from");
  }

  @Test
  void adapterThatMustBeInvokedActsFromItsInvocationOn() {
    Request woken = Request.of(1).adapter("woken").promptTokens(40);
    int[] prompt = woken.build().promptIds();
    world.start().submit(woken).submit(Request.of(2).adapter("a").promptTokens(40));
    world.step();
    world.ready("a");
    world.ready("woken", new Invocation(prompt[21], prompt[22]));
    world.finish();
    assertEquals(world.expected(woken, 21), world.drawn(1));
    assertNotEquals(world.expected(woken, 20), world.drawn(1));
  }

  @Test
  void adapterThatFailsEndsTheSumsWithIt() {
    world.start().submit(Request.of(1).with("a", 1f).with("torn", 1f));
    world.submit(Request.of(2).with("a", 1f).with("b", 1f));
    world.step();
    world.loop().adapterFailed(new GenerationId("torn"), ErrorCode.ADAPTER_WEIGHTS_CORRUPT, "no");
    assertEquals(new EndReason.Failed(ErrorCode.ADAPTER_WEIGHTS_CORRUPT, "no"), world.end(1));
    world.ready("a");
    world.ready("b");
    world.finish();
    assertEquals(new EndReason.Length(), world.end(2));
  }

  @Test
  void adaptersThatAreTooLargeTogetherEndTheirSum() {
    world.info = Infos.withAdapterBytes(slots(4), 100);
    world.start().submit(Request.of(1).with("a", 1f).with("b", 1f));
    world.step();
    world.ready("a", 60);
    world.finish();
    world.submit(Request.of(2).adapter("a")).submit(Request.of(3).adapter("b"));
    world.ready("b", 41);
    world.finish();
    assertEquals(
        new EndReason.Failed(
            ErrorCode.ADAPTER_TOO_LARGE,
            "the adapters of the sum have 101 bytes, the device has 100 for adapters"),
        world.end(1));
    assertEquals(new EndReason.Length(), world.end(2));
    assertEquals(new EndReason.Length(), world.end(3));
  }

  @Test
  void sumsThatWantEachOthersBytesRunOneAfterTheOther() {
    world.info = Infos.withAdapterBytes(slots(4), 100);
    world.start().submit(Request.of(1).with("a", 1f).with("b", 1f).principal("p"));
    world.submit(Request.of(2).with("c", 1f).with("d", 1f).principal("q"));
    world.step();
    world.ready("d", 30);
    world.ready("a", 40);
    world.finish();
    world.ready("c", 70);
    world.finish();
    world.ready("b", 60);
    world.paged.clear();
    for (int i = 0; i < 1000 && world.ended.size() < 2; i++) {
      world.steps(1);
      world.paged.forEach(name -> world.ready(name, name.equals("c") ? 70 : 30));
      world.paged.clear();
    }
    assertEquals(List.of(1L, 2L), world.endOrder);
    assertEquals(new EndReason.Length(), world.end(2));
  }

  @Test
  void stagedImageGoesForASumThatIsLookedAtBefore() {
    world.info = Infos.withAdapterBytes(slots(2), 100);
    world.start().submit(Request.of(1).adapter("x").newTokens(30));
    world.step();
    world.ready("x", 60);
    world.steps(2);
    world.submit(Request.of(2).adapter("y").principal("q"));
    world.steps(1);
    world.ready("y", 60); // has no bytes until 1 is done
    world.steps(1);
    assertEquals(1, world.loop().state().slotsPaging());
    world.loop().cancel(2);
    world.submit(Request.of(3).with("x", 1f).with("z", 1f).principal("r"));
    world.steps(2);
    assertEquals(List.of("y"), world.unpaged);
    world.ready("z", 40);
    world.finish();
    assertEquals(new EndReason.Length(), world.end(3));
  }

  @Test
  void preemptedSumGoesOnWithTheSameTokens() {
    world.info = Infos.of("scripted", 1, 6, 16, 3, 4);
    world.start();
    Request first = Request.of(1).with("a", 0.5f).with("b", 2f).promptTokens(20).newTokens(40);
    Request second = Request.of(2).with("b", 0.5f).with("c", 2f).promptTokens(20).newTokens(40);
    world.submit(first).submit(second);
    finish();
    assertEquals(world.expected(first), world.drawn(1));
    assertEquals(world.expected(second), world.drawn(2));
    assertTrue(world.usage.values().stream().anyMatch(usage -> usage.resumed() > 0));
  }

  @Test
  void sumGoesOnAfterARebuildWithAllOfItsAdapters() {
    Request sum = Request.of(1).with("a", 0.5f).with("b", 2f).newTokens(20);
    world.start().submit(sum);
    world.step();
    world.allReady();
    world.steps(5);
    loseExecutor();
    assertEquals(List.of("a", "b"), world.unpaged.stream().sorted().toList());
    world.loop().rebuilt(world.executor(), world.now);
    world.finish();
    assertEquals(List.of("a", "b"), world.paged);
    finish();
    assertEquals(world.expected(sum), world.drawn(1));
  }

  @Test
  void executorWithFewerSlotsThanPartsEndsTheSum() {
    world.start().submit(Request.of(1).with("a", 1f).with("b", 1f).newTokens(20));
    world.submit(Request.of(2).adapter("a").newTokens(20));
    world.step();
    world.allReady();
    world.steps(3);
    loseExecutor();
    world.info = slots(1);
    world.loop().rebuilt(world.executor(), world.now);
    assertEquals(
        new EndReason.Failed(
            ErrorCode.EXECUTOR_LOST, "at most 1 adapters may run together. Given: 2"),
        world.end(1));
    finish();
    assertEquals(new EndReason.Length(), world.end(2));
  }

  private void loseExecutor() {
    world.lost = step -> Optional.of("gone");
    world.step();
    world.lost = step -> Optional.empty();
  }

  /** Runs until nothing is asked for any more. */
  private void finish() {
    world.finish();
    while (!world.paged.isEmpty()) {
      world.allReady();
      world.finish();
    }
  }

  private void assertNotComposable(long id, String message) {
    EndReason.Rejected refused = assertInstanceOf(EndReason.Rejected.class, world.end(id));
    assertEquals(ErrorCode.ADAPTER_NOT_COMPOSABLE, refused.code());
    assertTrue(refused.message().startsWith(message), refused.message());
    assertEquals(List.of(), world.drawn(id));
  }

  private static ExecutorInfo slots(int slots) {
    return Infos.of("scripted", 1, 64, 16, slots, 8);
  }
}
