package io.lorikeet.engine.schedule;

import static io.lorikeet.engine.schedule.LoopFixture.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.spi.Infos;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No token without credit, and nobody waits for a slow client. */
final class CreditTest {
  private final LoopFixture world = new LoopFixture();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void asManyTokensAreDrawnAsThereIsCreditForWhateverIsInFlight(boolean delayed) {
    world.delayed = delayed;
    world.start().submit(Request.of(1).newTokens(20).credit(3)).finish();
    assertEquals(3, world.drawn(1).size());
    assertEquals(1, world.loop().state().withoutCredit());
    assertFalse(world.loop().hasWork());
    assertEquals(3, world.ran.size(), "no row was wasted");

    world.loop().credit(1, 2);
    world.finish();
    assertEquals(5, world.drawn(1).size());
    world.loop().credit(1, 100);
    world.finish();
    assertEquals(world.expected(Request.of(1).newTokens(20)), world.drawn(1));
  }

  @Test
  void sequenceWithoutCreditIsNotAdmitted() {
    world.start().submit(Request.of(1).credit(0)).finish();
    assertEquals(0, world.loop().state().running());
    world.loop().credit(1, 10);
    world.finish();
    assertEquals(new EndReason.Length(), world.ended.get(1L));
  }

  @Test
  void clientThatGivesNoCreditForTooLongIsSlow() {
    world.start().submit(Request.of(1).newTokens(20).credit(3)).finish();
    long since = world.now;
    OptionalLong wake = world.loop().nextWakeNanos();
    assertTrue(wake.isPresent() && wake.getAsLong() <= since + 30 * SECOND, "wake: " + wake);
    world.now = wake.getAsLong() - 1;
    world.step();
    assertEquals(Map.of(), world.ended);
    world.now++;
    world.step();
    assertEquals(new EndReason.SlowClient(), world.ended.get(1L));
    assertEquals(new Usage(3, 3, 0), world.usage.get(1L));
  }

  @Test
  void creditJustInTimeStartsTheWaitAnew() {
    world.start().submit(Request.of(1).newTokens(20).credit(1)).finish();
    world.now = 29 * SECOND;
    world.loop().credit(1, 1);
    world.finish();
    world.now = 58 * SECOND;
    world.finish();
    world.step();
    assertEquals(Map.of(), world.ended);
  }

  @Test
  void slowClientLosesItsSeatToOthersAndGoesOnLater() {
    world.info = Infos.of("scripted", 1, 64, 16, 4, 1);
    Request slow = Request.of(1).newTokens(8).credit(2);
    world.start().submit(slow).finish();
    world.submit(Request.of(2)).finish();
    assertEquals(Map.of(), world.ended);
    OptionalLong wake = world.loop().nextWakeNanos();
    assertTrue(wake.isPresent() && wake.getAsLong() <= world.now + 5 * SECOND, "wake: " + wake);

    world.now = wake.getAsLong();
    world.step();
    world.finish();
    assertEquals(Map.of(2L, new EndReason.Length()), world.ended);

    world.loop().credit(1, 10);
    world.finish();
    assertEquals(world.expected(slow), world.drawn(1));
    assertEquals(new Usage(3, 8, 1), world.usage.get(1L));
  }

  @Test
  void slowClientKeepsItsSeatWhileNobodyWaits() {
    world.start().submit(Request.of(1).newTokens(8).credit(2)).finish();
    world.now = 20 * SECOND;
    world.finish();
    world.step();
    assertEquals(1, world.loop().state().running());
  }
}
