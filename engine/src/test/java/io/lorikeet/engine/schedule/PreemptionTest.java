package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.spi.Infos;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens when KV blocks run out. */
final class PreemptionTest {
  private final LoopFixture world = new LoopFixture();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void preemptedSequenceGoesOnWithTheSameTokens(boolean delayed) {
    world.delayed = delayed;
    world.info = Infos.of("scripted", 1, 8, 16, 4, 4);
    world.start();
    for (int id = 1; id <= 4; id++) {
      world.submit(Request.of(id).promptTokens(10).newTokens(100));
    }
    world.finish();
    int resumed = 0;
    for (int id = 1; id <= 4; id++) {
      assertEquals(world.expected(Request.of(id).promptTokens(10).newTokens(100)), world.drawn(id));
      resumed += world.usage.getOrDefault((long) id, new Usage(0, 0, 0)).resumed();
    }
    assertTrue(resumed > 0, "nobody was preempted");
    assertEquals(8, world.loop().state().blocksFree());
  }

  @Test
  void newestSequenceOfThePrincipalThatHoldsMostIsPreempted() {
    world.info = Infos.of("scripted", 1, 8, 64, 4, 4);
    world.start();
    world.submit(Request.of(1).principal("calm").promptTokens(17).newTokens(100));
    world.submit(Request.of(2).principal("greedy").promptTokens(28).newTokens(60));
    world.submit(Request.of(3).principal("greedy").promptTokens(28).newTokens(60));
    world.steps(1);
    world.submit(Request.of(4).principal("late").promptTokens(10).newTokens(50));
    int preempted = 0;
    while (preempted == 0) {
      preempted = world.step().preempted();
    }
    assertEquals(3, world.loop().state().running());
    assertEquals(1, world.loop().state().preempted());
    world.step();
    assertEquals(List.of(1L, 2L, 4L), world.ran.getLast().sequences().stream().sorted().toList());
  }

  @Test
  void weightRaisesThePartThatAPrincipalMayHold() {
    world.info = Infos.of("scripted", 1, 8, 64, 4, 4);
    world.weights = Map.of("gold", 10.0);
    world.start();
    world.submit(Request.of(1).principal("gold").promptTokens(17).newTokens(100));
    world.submit(Request.of(2).principal("gold").promptTokens(28).newTokens(60));
    world.submit(Request.of(3).principal("gold").promptTokens(28).newTokens(60));
    world.steps(1);
    world.submit(Request.of(4).principal("tin").promptTokens(10).newTokens(50));
    while (world.step().preempted() == 0) {
      assertTrue(world.ended.isEmpty());
    }
    world.step();
    assertEquals(List.of(1L, 2L, 3L), world.ran.getLast().sequences().stream().sorted().toList());
  }

  @Test
  void oldestSequenceIsNeverPreempted() {
    world.info = Infos.of("scripted", 1, 6, 64, 4, 4);
    world.start();
    world.submit(Request.of(1).principal("big").promptTokens(40).newTokens(50));
    world.submit(Request.of(2).principal("small").promptTokens(10).newTokens(80));
    world.submit(Request.of(3).principal("small").promptTokens(10).newTokens(80));
    world.finish();
    assertEquals(0, world.usage.getOrDefault(1L, new Usage(0, 0, -1)).resumed());
    assertEquals(1L, world.endOrder.getFirst());
    assertEquals(3, world.endOrder.size());
  }

  @Test
  void lastSequenceStandingUsesAllBlocks() {
    world.info = Infos.of("scripted", 1, 4, 64, 4, 4);
    world.start();
    for (int id = 1; id <= 3; id++) {
      world.submit(Request.of(id).promptTokens(5).newTokens(60)); // 64 positions: all 4 blocks
    }
    world.finish();
    for (int id = 1; id <= 3; id++) {
      assertEquals(world.expected(Request.of(id).promptTokens(5).newTokens(60)), world.drawn(id));
    }
  }

  @Test
  void promptLongerThanTheFreeBlocksIsPrefilledAsFarAsTheyGo() {
    world.info = Infos.of("scripted", 1, 6, 64, 4, 4);
    world.start();
    world.submit(Request.of(1).promptTokens(64).newTokens(10));
    world.submit(Request.of(2).promptTokens(16).newTokens(4));
    world.finish();
    assertEquals(2, world.ended.size());
    assertEquals(world.expected(Request.of(1).promptTokens(64).newTokens(10)), world.drawn(1));
  }

  @Test
  void cancelledWhilePreemptedEndsOnce() {
    world.info = Infos.of("scripted", 1, 4, 64, 4, 4);
    world.start();
    world.submit(Request.of(1).promptTokens(20).newTokens(40));
    world.submit(Request.of(2).promptTokens(20).newTokens(40));
    while (world.loop().state().preempted() == 0) {
      world.steps(1);
    }
    world.loop().cancel(2);
    world.finish();
    assertEquals(new EndReason.Cancelled(), world.end(2));
    assertEquals(new EndReason.Length(), world.end(1));
  }
}
