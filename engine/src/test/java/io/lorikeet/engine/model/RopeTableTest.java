package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Frequencies and angles against the definitions in double. */
final class RopeTableTest {
  private static final int DIM = 64;

  @Test
  void plainFrequenciesAreFallingPowersOfTheBase() {
    assertFrequencies(new RopeSpec.Default(10_000), 1, i -> Math.pow(10_000, -2.0 * i / DIM));
  }

  @Test
  void linearScalingDividesEveryFrequency() {
    assertFrequencies(new RopeSpec.Linear(5e5, 4), 1, i -> Math.pow(5e5, -2.0 * i / DIM) / 4);
  }

  @Test
  void dynamicScalingGrowsTheBaseBeyondTheContextOnly() {
    RopeSpec spec = new RopeSpec.Dynamic(10_000, 2, 128);
    for (int length : new int[] {1, 127, 128}) {
      assertFrequencies(spec, length, i -> Math.pow(10_000, -2.0 * i / DIM));
    }
    for (int length : new int[] {129, 200, 1000}) {
      double base = 10_000 * Math.pow(2.0 * length / 128 - 1, DIM / (DIM - 2.0));
      assertFrequencies(spec, length, i -> Math.pow(base, -2.0 * i / DIM));
    }
  }

  @Test
  void tableFollowsTheLengthInBothDirections() {
    RopeTable table = new RopeTable(new RopeSpec.Dynamic(10_000, 2, 128), DIM);
    float[] brief = table.frequencies(1);
    float[] lengthy = table.frequencies(500);
    assertEquals(false, brief[5] == lengthy[5]);
    assertArrayEquals(brief, table.frequencies(100));
    assertArrayEquals(lengthy, table.frequencies(500));
  }

  @Test
  void llama3ScalingKeepsHighFrequenciesAndDividesLowOnes() {
    double original = 8192;
    RopeSpec spec = new RopeSpec.Llama3(500_000, 8, 1, 4, 8192);
    int[] kinds = new int[3];
    assertFrequencies(
        spec,
        1,
        i -> {
          double f = Math.pow(500_000, -2.0 * i / DIM);
          double turns = original * f / (2 * Math.PI);
          if (turns < 1) {
            kinds[0]++;
            return f / 8;
          }
          if (turns > 4) {
            kinds[1]++;
            return f;
          }
          kinds[2]++;
          double t = (turns - 1) / 3;
          return f * ((1 - t) / 8 + t);
        });
    for (int kind : kinds) {
      assertEquals(true, kind > 0);
    }
  }

  @Test
  void yarnRampsBetweenKeptAndDividedFrequencies() {
    for (boolean truncate : new boolean[] {true, false}) {
      RopeSpec spec = new RopeSpec.Yarn(10_000, 4, 32, 1, 2048, 1, truncate);
      double lowExact = DIM * Math.log(2048 / (32 * 2 * Math.PI)) / (2 * Math.log(10_000));
      double highExact = DIM * Math.log(2048 / (2 * Math.PI)) / (2 * Math.log(10_000));
      double low = truncate ? Math.floor(lowExact) : lowExact;
      double high = truncate ? Math.ceil(highExact) : highExact;
      assertFrequencies(
          spec,
          1,
          i -> {
            double f = Math.pow(10_000, -2.0 * i / DIM);
            double divided = Math.min(1, Math.max(0, (i - low) / (high - low)));
            return f * (1 - divided) + f / 4 * divided;
          });
    }
  }

  @Test
  void longRopeChangesItsFactorsBeyondTheOriginalContextOnly() {
    List<Double> brief = IntStream.range(0, DIM / 2).mapToObj(i -> 1 + i * 0.1).toList();
    List<Double> lengthy = IntStream.range(0, DIM / 2).mapToObj(i -> 2 + i * 0.5).toList();
    RopeSpec spec = new RopeSpec.LongRope(10_000, brief, lengthy, 128, 1.25);
    for (int length : new int[] {1, 128}) {
      assertFrequencies(spec, length, i -> Math.pow(10_000, -2.0 * i / DIM) / brief.get(i));
    }
    for (int length : new int[] {129, 4000}) {
      assertFrequencies(spec, length, i -> Math.pow(10_000, -2.0 * i / DIM) / lengthy.get(i));
    }
    float[] cos = new float[DIM / 2];
    new RopeTable(spec, DIM).fill(0, 1, cos, new float[DIM / 2], 0);
    assertEquals(1.25f, cos[DIM / 2 - 1]);
  }

  @Test
  void anglesArePositionTimesFrequencyAndCarryTheAttentionFactor() {
    RopeSpec spec = new RopeSpec.Yarn(10_000, 4, 32, 1, 2048, 1.25, true);
    RopeTable table = new RopeTable(spec, DIM);
    float[] frequencies = table.frequencies(1);
    float[] cos = new float[DIM / 2 + 3];
    float[] sin = new float[DIM / 2 + 3];
    for (int position : new int[] {0, 1, 77, 4095}) {
      table.fill(position, position + 1, cos, sin, 3);
      for (int i = 0; i < DIM / 2; i++) {
        // The angle itself is rounded to F32, as the reference rounds it.
        double angle = position * frequencies[i];
        assertEquals(1.25 * Math.cos(angle), cos[3 + i], 3e-7, "position " + position);
        assertEquals(1.25 * Math.sin(angle), sin[3 + i], 3e-7, "position " + position);
      }
    }
    assertEquals(0f, cos[0] + cos[1] + cos[2]);
  }

  @Test
  void headOfTwoHasOneFrequency() {
    assertArrayEquals(
        new float[] {1}, new RopeTable(new RopeSpec.Default(10_000), 2).frequencies(1));
  }

  private static void assertFrequencies(RopeSpec spec, int length, IntToDoubleFunction expected) {
    float[] actual = new RopeTable(spec, DIM).frequencies(length);
    assertEquals(DIM / 2, actual.length);
    for (int i = 0; i < actual.length; i++) {
      double wanted = expected.applyAsDouble(i);
      assertEquals(wanted, actual[i], wanted * 2e-6, spec + " at " + i + ", length " + length);
    }
  }
}
