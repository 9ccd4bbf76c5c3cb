package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.ExecutorInfo;
import io.lorikeet.engine.spi.Infos;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which adapter lies where, and whose turn it is. */
final class AdapterSlotsTest {
  private static final ExecutorInfo TWO_SLOTS = Infos.of("scripted", 1, 64, 16, 2, 8);

  private final LoopFixture world = new LoopFixture();

  @Test
  void adapterIsAskedForOnceAndItsSequencesRunWhenItIsThere() {
    world.start().submit(Request.of(1).adapter("a")).submit(Request.of(2).adapter("a"));
    world.finish();
    assertEquals(List.of("a"), world.paged);
    assertEquals(2, world.loop().state().waitingAdapter());
    assertFalse(world.loop().hasWork());
    world.ready("a");
    world.finish();
    assertEquals(world.expected(Request.of(1).adapter("a")), world.drawn(1));
    assertEquals(world.expected(Request.of(2).adapter("a")), world.drawn(2));
    assertEquals(List.of("a"), world.paged);
  }

  @Test
  void promptThatDoesNotInvokeItsAdapterIsRefused() {
    world.start().submit(Request.of(1).adapter("a")).submit(Request.of(2)).finish();
    world.ready("a", new Invocation(2, 1));
    world.finish();
    EndReason.Rejected refused = assertInstanceOf(EndReason.Rejected.class, world.end(1));
    assertEquals(ErrorCode.ALORA_INVOCATION_MISSING, refused.code());
    assertEquals(List.of(), world.drawn(1));
    assertEquals(new EndReason.Length(), world.ended.get(2L));
  }

  @Test
  void baseModelTakesNoSlot() {
    world.info = Infos.of("scripted", 1, 64, 16, 0, 8);
    world.start().submit(Request.of(1)).submit(Request.of(2).adapter("a")).finish();
    assertEquals(new EndReason.Length(), world.ended.get(1L));
    assertTrue(world.ended.get(2L) instanceof EndReason.Rejected);
  }

  @Test
  void adaptersAreAskedForInTheOrderOfTheQueueAndFewAtOnce() {
    world.pagesAhead = 2;
    world.start();
    for (int id = 1; id <= 4; id++) {
      world.submit(Request.of(id).adapter("a" + id));
    }
    world.finish();
    assertEquals(List.of("a1", "a2"), world.paged);
    world.ready("a2");
    world.finish();
    assertEquals(List.of("a1", "a2", "a3"), world.paged);
  }

  @Test
  void nextAdaptersAreAskedForWhileAllSeatsAreTaken() {
    world.info = Infos.of("scripted", 1, 64, 16, 2, 1);
    world.start().submit(Request.of(1).newTokens(100));
    world.steps(1);
    world.submit(Request.of(2).adapter("a"));
    world.steps(1);
    assertEquals(List.of("a"), world.paged);
  }

  @Test
  void leastRecentlyUsedAdapterGoesAndItsOwnerIsTold() {
    world.info = TWO_SLOTS;
    world.start();
    run(1, "a");
    run(2, "b");
    run(3, "a");
    run(4, "c");
    assertEquals(List.of("b"), world.unpaged);
    run(5, "a");
    assertEquals(List.of("b"), world.unpaged);
  }

  @Test
  void adapterOfARunningSequenceStays() {
    world.info = TWO_SLOTS;
    world.start();
    world.submit(Request.of(1).adapter("a").newTokens(500));
    world.submit(Request.of(2).adapter("b").newTokens(500));
    world.step();
    world.allReady();
    world.steps(5);
    world.submit(Request.of(3).adapter("c"));
    world.steps(5);
    assertEquals(List.of(), world.unpaged);
    assertEquals(List.of(), world.paged);
    world.loop().cancel(1);
    world.steps(1);
    assertEquals(List.of("a"), world.unpaged);
    assertEquals(List.of("c"), world.paged);
  }

  @Test
  void slotGoesOnlyAfterTheLastStepThatUsedIt() {
    world.info = Infos.of("scripted", 1, 64, 16, 1, 8);
    world.delayed = true;
    world.start().submit(Request.of(1).adapter("a").newTokens(100));
    world.step();
    world.allReady();
    world.steps(3);
    world.submit(Request.of(2).adapter("b"));
    world.loop().cancel(1);
    assertEquals(1, world.loop().state().stepsInFlight());
    world.steps(1);
    assertEquals(List.of("a"), world.unpaged);
    world.steps(1);
    assertEquals(List.of("b"), world.paged);
    world.allReady();
    world.finish();
    assertEquals(world.expected(Request.of(2).adapter("b")), world.drawn(2));
  }

  @Test
  void failedAdapterEndsItsOwnSequencesOnly() {
    world.start().submit(Request.of(1).adapter("a")).submit(Request.of(2).adapter("b"));
    world.step();
    world.loop().adapterFailed(new GenerationId("a"), ErrorCode.ADAPTER_WEIGHTS_CORRUPT, "torn");
    world.ready("b");
    world.finish();
    assertEquals(
        new EndReason.Failed(ErrorCode.ADAPTER_WEIGHTS_CORRUPT, "torn"), world.ended.get(1L));
    assertEquals(new EndReason.Length(), world.ended.get(2L));
    assertEquals(1, world.loop().state().slotsResident());
    world.submit(Request.of(3).adapter("a")).finish();
    assertEquals(List.of("a", "b", "a"), world.paged);
  }

  @Test
  void answersThatNobodyAskedForChangeNothing() {
    world.start();
    world.ready("x");
    world.loop().adapterFailed(new GenerationId("x"), ErrorCode.INTERNAL, "x");
    world.finish();
    assertEquals(0, world.loop().state().slotsResident());
  }

  @Test
  void adapterThatNobodyWaitsForAnyMoreTakesItsSlotAllTheSame() {
    world.start().submit(Request.of(1).adapter("a"));
    world.step();
    world.loop().cancel(1);
    world.ready("a");
    world.finish();
    assertEquals(1, world.loop().state().slotsResident());
    world.submit(Request.of(2).adapter("a")).finish();
    assertEquals(new EndReason.Length(), world.ended.get(2L));
    assertEquals(List.of("a"), world.paged);
  }

  @Test
  void hotAdapterDoesNotStarveAColdOne() {
    world.info = Infos.of("scripted", 1, 64, 16, 1, 4);
    world.start();
    long id = 10;
    world.submit(Request.of(1).adapter("hot").newTokens(30));
    world.step();
    world.allReady();
    world.step();
    world.submit(Request.of(2).adapter("cold"));
    while (!world.ended.containsKey(2L)) {
      if (world.loop().state().waiting() < 3) {
        world.submit(Request.of(id++).adapter("hot").principal("other").newTokens(30));
      }
      world.step();
      world.allReady();
      world.now += 20_000_000;
      assertTrue(world.now < 12 * LoopFixture.SECOND, "never scheduled");
    }
    assertEquals(new EndReason.Length(), world.ended.get(2L));
  }

  @Test
  void deviceBytesBoundWhatIsResident() {
    world.info = Infos.withAdapterBytes(Infos.of("scripted", 1, 64, 16, 4, 8), 100);
    world.start();
    load(1, "a", 60);
    world.finish();
    load(2, "b", 50);
    world.finish();
    assertEquals(List.of("a"), world.unpaged);
    load(3, "c", 50);
    world.finish();
    assertEquals(List.of("a"), world.unpaged);
    assertEquals(2, world.loop().state().slotsResident());
    assertEquals(3, world.ended.size());
  }

  @Test
  void imageThatWaitsForBytesIsBoundWhenThoseThatRunAreDone() {
    world.info = Infos.withAdapterBytes(Infos.of("scripted", 1, 64, 16, 4, 8), 100);
    world.start();
    world.submit(Request.of(1).adapter("a").newTokens(20));
    world.step();
    world.ready("a", 60);
    world.steps(2);
    load(2, "b", 50);
    world.steps(2);
    assertEquals(1, world.loop().state().slotsPaging());
    world.finish();
    assertEquals(List.of(1L, 2L), world.endOrder);
    assertEquals(List.of("a"), world.unpaged);
  }

  @Test
  void adapterLargerThanTheDeviceEndsItsSequences() {
    world.info = Infos.withAdapterBytes(Infos.of("scripted", 1, 64, 16, 4, 8), 100);
    world.start();
    load(1, "a", 101);
    assertEquals(ErrorCode.ADAPTER_TOO_LARGE, ((EndReason.Failed) world.end(1)).code());
    assertEquals(List.of("a"), world.unpaged);
    load(2, "b", 100);
    world.finish();
    assertEquals(new EndReason.Length(), world.end(2));
  }

  @Test
  void imageOnItsWayToTheDeviceHoldsUpNobodyElse() {
    world.start().submit(Request.of(1).adapter("a"));
    world.step();
    world.readySlow("a", 0);
    world.submit(Request.of(2)).finish();
    assertEquals(List.of(2L), world.endOrder);
    assertEquals(List.of("a"), List.copyOf(world.carrying.keySet()));
    assertEquals(1, world.loop().state().slotsPaging());
    assertEquals(1, world.loop().state().waitingAdapter());
    world.carried("a");
    assertTrue(world.loop().hasWork());
    world.finish();
    assertEquals(world.expected(Request.of(1).adapter("a")), world.drawn(1));
    assertEquals(List.of("a"), world.paged);
  }

  @Test
  void bytesOfAnImageOnItsWayAreNobodyElses() {
    world.info = Infos.withAdapterBytes(Infos.of("scripted", 1, 64, 16, 4, 8), 100);
    world.start().submit(Request.of(1).adapter("a"));
    world.step();
    world.readySlow("a", 60);
    world.steps(1);
    load(2, "b", 50);
    world.steps(3);
    assertEquals(List.of(), world.unpaged);
    assertEquals(2, world.loop().state().slotsPaging());
    world.carried("a");
    world.finish();
    assertEquals(List.of(1L, 2L), world.endOrder);
    assertEquals(List.of("a"), world.unpaged);
  }

  @Test
  void imageThatFailsOnItsWayGivesItsSlotAndItsBytesBack() {
    world.info = Infos.withAdapterBytes(Infos.of("scripted", 1, 64, 16, 1, 8), 100);
    world.start().submit(Request.of(1).adapter("a"));
    world.step();
    world.readySlow("a", 60);
    world.steps(1);
    world.loop().adapterFailed(new GenerationId("a"), ErrorCode.INTERNAL, "torn");
    assertEquals(new EndReason.Failed(ErrorCode.INTERNAL, "torn"), world.ended.get(1L));
    assertEquals(List.of("a"), world.unpaged);
    load(2, "b", 100);
    world.finish();
    assertEquals(new EndReason.Length(), world.end(2));
  }

  private void load(long id, String adapter, long bytes) {
    world.submit(Request.of(id).adapter(adapter));
    world.step();
    world.ready(adapter, bytes);
  }

  private void run(long id, String adapter) {
    world.submit(Request.of(id).adapter(adapter));
    world.finish();
    world.allReady();
    world.finish();
    assertEquals(new EndReason.Length(), world.ended.get(id));
  }
}
