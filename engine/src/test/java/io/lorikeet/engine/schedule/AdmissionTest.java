package io.lorikeet.engine.schedule;

import static io.lorikeet.engine.schedule.LoopFixture.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.spi.Infos;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Who gets a seat, who waits, who is refused. */
final class AdmissionTest {
  private final LoopFixture world = new LoopFixture();

  @Test
  void queueTakesAsManyAsItMayAndRefusesTheNext() {
    world.waitingMax = 2;
    world.start().submit(Request.of(1)).submit(Request.of(2)).submit(Request.of(3));
    assertEquals(ErrorCode.QUEUE_FULL, rejection(3).code());
    assertEquals(1, world.ended.size());
    world.finish().submit(Request.of(4)).finish();
    assertEquals(new EndReason.Length(), world.ended.get(4L));
  }

  @Test
  void waitInTheQueueIsBounded() {
    oneSeat().submit(Request.of(1).newTokens(2000)).submit(Request.of(2));
    world.step();
    world.now = 60 * SECOND - 1;
    world.step();
    assertEquals(Map.of(), world.ended);
    world.now = 60 * SECOND;
    world.step();
    assertEquals(ErrorCode.QUEUE_TIMEOUT, rejection(2).code());
  }

  @Test
  void sequenceThatCouldNeverFitIsRefusedAtOnce() {
    world.info = Infos.of("scripted", 1, 2, 10, 4, 4);
    world.start();
    world.submit(Request.of(1).promptTokens(30).newTokens(3)); // 32 positions: 2 blocks
    world.submit(Request.of(2).promptTokens(30).newTokens(4));
    assertEquals(ErrorCode.CONTEXT_LENGTH_EXCEEDED, rejection(2).code());
    assertTrue(rejection(2).message().contains("<= 33"), rejection(2).message());
    assertTrue(rejection(2).message().contains("Given: 34"), rejection(2).message());
    world.finish();
    assertEquals(new EndReason.Length(), world.ended.get(1L));
  }

  @Test
  void contextBoundsPromptAndNewTokensTogether() {
    world.info = Infos.of("scripted", 1, 1000, 64, 4, 4);
    world.start();
    world.submit(Request.of(1).promptTokens(4000).newTokens(96));
    world.submit(Request.of(2).promptTokens(4000).newTokens(97));
    assertFalse(world.ended.containsKey(1L));
    assertEquals(ErrorCode.CONTEXT_LENGTH_EXCEEDED, rejection(2).code());
  }

  @Test
  void requestThatDoesNotFitIsPassedOver() {
    smallPool();
    world.submit(Request.of(1).promptTokens(90).newTokens(60)); // 6 of 10 blocks at once
    world.step();
    world.submit(Request.of(2).promptTokens(100).newTokens(2));
    world.submit(Request.of(3).promptTokens(5).newTokens(2));
    world.steps(12);
    assertEquals(List.of(3L), world.endOrder);
  }

  @Test
  void admissionWaitsForARequestThatWasPassedOverForTooLong() {
    smallPool();
    world.submit(Request.of(1).promptTokens(90).newTokens(60));
    world.step();
    world.submit(Request.of(2).promptTokens(100).newTokens(2));
    world.steps(2);
    world.now += 5 * SECOND;
    world.submit(Request.of(3).promptTokens(5).newTokens(2));
    world.steps(5);
    assertEquals(1, world.loop().state().running());
    world.finish();
    assertEquals(1L, world.endOrder.getFirst());
    assertEquals(3, world.endOrder.size());
  }

  @Test
  void requestWhoseAdapterIsLoadingIsPassedOverHoweverLong() {
    world.start().submit(Request.of(1).adapter("slow")).submit(Request.of(2));
    world.finish();
    world.now += 20 * SECOND;
    world.submit(Request.of(3)).finish();
    assertEquals(List.of(2L, 3L), world.endOrder);
    world.ready("slow");
    world.finish();
    assertEquals(List.of(2L, 3L, 1L), world.endOrder);
  }

  @Test
  void principalThatCostLessIsNext() {
    oneSeat();
    for (int id = 1; id <= 8; id++) {
      world.submit(Request.of(id).principal("flood"));
    }
    world.steps(1);
    world.submit(Request.of(10).principal("calm")).submit(Request.of(11).principal("calm"));
    world.finish();
    List<Long> order = world.endOrder;
    assertEquals(List.of(1L, 10L), order.subList(0, 2));
    assertTrue(order.indexOf(11L) <= 4, "calm waited behind the flood: " + order);
  }

  @Test
  void adaptersOfOnePrincipalTakeTurns() {
    oneSeat();
    for (int id = 1; id <= 4; id++) {
      world.submit(Request.of(id).adapter("a"));
    }
    for (int id = 5; id <= 8; id++) {
      world.submit(Request.of(id).adapter("b"));
    }
    world.step();
    world.allReady();
    world.finish();
    for (int i = 0; i < 8; i += 2) {
      boolean a = world.endOrder.get(i) <= 4;
      boolean b = world.endOrder.get(i + 1) <= 4;
      assertTrue(a != b, "turns: " + world.endOrder);
    }
  }

  @Test
  void weightIsAShareOfTheTokens() {
    world.weights = Map.of("gold", 3.0);
    oneSeat();
    for (int id = 1; id <= 20; id++) {
      world.submit(Request.of(id).principal("gold"));
      world.submit(Request.of(100 + id).principal("tin"));
    }
    while (world.endOrder.size() < 16) {
      world.steps(1);
    }
    long gold = world.endOrder.stream().filter(id -> id < 100).count();
    assertTrue(gold >= 11 && gold <= 13, gold + " of 16 are gold: " + world.endOrder);
  }

  @Test
  void newcomerStartsAtTheMinimumOfTheActiveOnesAndHoardsNothing() {
    oneSeat();
    for (int id = 1; id <= 30; id++) {
      world.submit(Request.of(id).principal("old"));
    }
    while (world.endOrder.size() < 10) {
      world.steps(1);
    }
    for (int id = 101; id <= 110; id++) {
      world.submit(Request.of(id).principal("new"));
    }
    while (world.endOrder.size() < 20) {
      world.steps(1);
    }
    long fresh = world.endOrder.subList(10, 20).stream().filter(id -> id > 100).count();
    assertTrue(fresh >= 4 && fresh <= 6, fresh + " of 10 are new: " + world.endOrder);
  }

  @Test
  void leavingShedsNoDebt() {
    oneSeat();
    world.submit(Request.of(1).principal("calm").promptTokens(2).newTokens(400));
    world.submit(Request.of(2).principal("heavy").promptTokens(500).newTokens(1));
    world.loop().cancel(1);
    world.submit(Request.of(3).principal("calm").promptTokens(2).newTokens(3));
    while (!world.ended.containsKey(2L)) {
      world.steps(1);
    }
    world.submit(Request.of(4).principal("heavy").promptTokens(2));
    world.submit(Request.of(5).principal("calm").promptTokens(2));
    world.submit(Request.of(6).principal("calm").promptTokens(2));
    world.finish();
    assertTrue(world.endOrder.indexOf(6L) < world.endOrder.indexOf(4L), "order: " + world.endOrder);
  }

  @Test
  void endlessNewcomersDoNotStarveAPrincipalForLonger() {
    oneSeat();
    world.submit(Request.of(1).principal("heavy").promptTokens(500).newTokens(1));
    world.submit(Request.of(2).principal("light").newTokens(2));
    world.submit(Request.of(3).principal("heavy").newTokens(2));
    long id = 10;
    while (!world.ended.containsKey(3L)) {
      if (world.loop().state().waiting() < 4) {
        world.submit(Request.of(id).principal("newcomer" + id).newTokens(2));
        id++;
      }
      world.step();
      world.now += 50_000_000;
      assertTrue(world.now < 12 * SECOND, "overtaken for " + world.now + " ns");
    }
    assertEquals(new EndReason.Length(), world.ended.get(3L));
  }

  @Test
  void wakesForTheQueueDeadlinesAndCredit() {
    world.queueWait = Duration.ofSeconds(9);
    world.start();
    assertEquals(OptionalLong.empty(), world.loop().nextWakeNanos());
    world.submit(Request.of(1).credit(0));
    world.submit(Request.of(2).credit(0).deadline(4 * SECOND));
    world.finish();
    assertFalse(world.loop().hasWork());
    assertEquals(OptionalLong.of(4 * SECOND), world.loop().nextWakeNanos());
    world.now = 4 * SECOND;
    world.finish();
    world.step();
    assertEquals(new EndReason.Deadline(), world.ended.get(2L));
    assertEquals(OptionalLong.of(9 * SECOND), world.loop().nextWakeNanos());
    world.now = 9 * SECOND;
    world.step();
    assertEquals(ErrorCode.QUEUE_TIMEOUT, rejection(1).code());
    assertEquals(OptionalLong.empty(), world.loop().nextWakeNanos());
  }

  private LoopFixture oneSeat() {
    world.info = Infos.of("scripted", 1, 200, 64, 4, 1);
    return world.start();
  }

  private void smallPool() {
    world.info = Infos.of("scripted", 1, 10, 64, 4, 4);
    world.start();
  }

  private EndReason.Rejected rejection(long id) {
    return assertInstanceOf(EndReason.Rejected.class, world.ended.get(id));
  }
}
