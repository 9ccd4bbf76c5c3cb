package io.lorikeet.engine.step;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class AlibiTest {
  @Test
  void slopesOfAPowerOfTwoFallByAConstantFactorTo2ToTheMinus8() {
    for (int head = 0; head < 8; head++) {
      assertEquals((float) Math.pow(2, -(head + 1)), Alibi.slope(head, 8));
    }
    assertEquals(0x1p-8f, Alibi.slope(15, 16));
  }

  @Test
  void furtherHeadsTakeEveryOtherSlopeOfTwiceThePower() {
    assertEquals(0x1p-8f, Alibi.slope(7, 12));
    for (int head = 8; head < 12; head++) {
      assertEquals(Alibi.slope(2 * (head - 8), 16), Alibi.slope(head, 12));
    }
  }
}
