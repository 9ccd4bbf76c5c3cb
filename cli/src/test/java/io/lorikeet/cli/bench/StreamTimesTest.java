package io.lorikeet.cli.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.engine.error.ErrorCode;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StreamTimesTest {
  @Test
  void tokensThatComeAtOnceShareTheirGap() {
    StreamTimes times = times(0, 10, 1, 30, 2, 60, 1);

    assertEquals(4, times.tokens());
    assertEquals(10, times.first());
    assertEquals(60, times.last());
    assertArrayEquals(new double[] {10, 10, 30}, times.gaps());
  }

  @Test
  void tokensAreCountedWhileAllStreamsDraw() {
    Round round =
        Round.of(List.of(times(0, 100, 1, 200, 1, 300, 1), times(50, 150, 1, 250, 1, 350, 1)), 7);

    // Between 150 and 300: 200, 250, 300.
    assertEquals(3 / 150e-9, round.tokensPerSecond(), 1);
    assertEquals(2 * 7 / 150e-9, round.prefillTokensPerSecond(), 1);
    assertArrayEquals(new double[] {100, 100}, round.ttftNanos());
    assertArrayEquals(new double[] {100, 100, 100, 100}, round.itlNanos());
  }

  @Test
  void roundWithoutAMomentInWhichAllDrawIsCountedWhole() {
    Round round = Round.of(List.of(times(0, 10, 1, 20, 1), times(0, 30, 1, 40, 1)), 1);

    assertEquals(4 / 40e-9, round.tokensPerSecond(), 1);
  }

  @Test
  void failedStreamEndsTheMeasurement() {
    StreamTimes times = times(0, 10, 1);
    GenerationEvent failed = new GenerationEvent.Failed(ErrorCode.INTERNAL, "broken");
    assertThrows(IllegalStateException.class, () -> times.add(failed, 20));
  }

  @Test
  void skewedDrawsFollowZipf() {
    SplittableRandom random = new SplittableRandom(1);
    int[] drawn = new int[3];
    for (int i = 0; i < 30_000; i++) {
      drawn[Distribution.SKEWED.choose(i, 3, random)]++;
    }

    // 6 : 3 : 2
    assertEquals(30_000 * 6 / 11.0, drawn[0], 300);
    assertEquals(30_000 * 3 / 11.0, drawn[1], 300);
    assertEquals(30_000 * 2 / 11.0, drawn[2], 300);
  }

  @Test
  void otherDistributionsGiveWhatTheirNamesSay() {
    SplittableRandom random = new SplittableRandom(1);
    assertEquals(1, Distribution.DISTINCT.choose(4, 3, random));
    assertEquals(0, Distribution.IDENTICAL.choose(4, 3, random));
    assertEquals(Distribution.UNIFORM, Distribution.of("uniform"));
  }

  /** Pairs of a time and a number of tokens. */
  private static StreamTimes times(long asked, int... pieces) {
    StreamTimes times = new StreamTimes(asked, 16);
    for (int i = 0; i < pieces.length; i += 2) {
      List<Integer> ids = Collections.nCopies(pieces[i + 1], 5);
      times.add(new GenerationEvent.Piece(0, "", ids, List.of()), pieces[i]);
    }
    return times;
  }
}
