package io.lorikeet.engine.adapter.merge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

final class ElementMergeTest {
  private static final double[] EQUAL = {1, 1, 1};

  @Test
  void aSumIsWeighted() {
    assertArrayEquals(
        new float[] {2 - 3, 4},
        ElementMerge.sum(new float[][] {{1, 2}, {3, 0}}, new double[] {2, -1}));
  }

  @Test
  void theStrongerSignIsElectedAndItsEntriesAveraged() {
    float[][] parts = {{3, -1, -1}, {-2, -1, 2}, {4, 2, 0}};

    assertArrayEquals(
        new float[] {3.5f, 2, 2}, ElementMerge.elected(parts, EQUAL, MajoritySign.TOTAL));
  }

  @Test
  void theMoreFrequentSignIsElectedWhereCountsDecide() {
    float[][] parts = {{5}, {-1}, {-2}};

    assertArrayEquals(new float[] {5}, ElementMerge.elected(parts, EQUAL, MajoritySign.TOTAL));
    assertArrayEquals(
        new float[] {-1.5f}, ElementMerge.elected(parts, EQUAL, MajoritySign.FREQUENCY));
  }

  @Test
  void prunedEntriesHaveNoVoteAndNoShare() {
    float[][] parts = {{0, 0}, {-2, 0}, {0, 0}};

    assertArrayEquals(
        new float[] {-2, 0}, ElementMerge.elected(parts, EQUAL, MajoritySign.FREQUENCY));
  }

  @Test
  void anEvenVoteIsPositiveAndWeightsDoNotVote() {
    float[][] parts = {{2}, {-2}};

    assertArrayEquals(
        new float[] {20}, ElementMerge.elected(parts, new double[] {10, 1000}, MajoritySign.TOTAL));
  }
}
