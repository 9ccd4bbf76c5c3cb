package io.lorikeet.cli.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class DeviationTest {
  private static final double EPSILON = 1e-6;

  @Test
  void equalLogitsDoNotDeviate() {
    Deviation deviation = new Deviation();
    deviation.add(new float[] {1, 2, 3}, new float[] {1, 2, 3});

    assertEquals(0, deviation.logitMax());
    assertEquals(0, deviation.logitMean());
    assertEquals(1, deviation.agreement());
    assertEquals(0, deviation.divergenceMean());
  }

  @Test
  void distancesAreOfSingleLogits() {
    Deviation deviation = new Deviation();
    deviation.add(new float[] {1, 2, 3, 4}, new float[] {1, 0, 3.5f, 4});

    assertEquals(2, deviation.logitMax());
    assertEquals(2.5 / 4, deviation.logitMean());
  }

  // p = (1/2, 1/2), q = (1/4, 3/4): 0.5 ln 2 + 0.5 ln(2/3)
  @Test
  void divergenceIsOfTheDistributions() {
    float[] p = {7, 7};
    float[] q = {(float) Math.log(0.25) - 90, (float) Math.log(0.75) - 90};
    Deviation deviation = new Deviation();
    deviation.add(p, q);

    double expected = 0.5 * Math.log(2) + 0.5 * Math.log(2.0 / 3);
    assertEquals(expected, deviation.divergenceMean(), 1e-5);
    assertEquals(expected, deviation.divergenceMax(), 1e-5);
  }

  @Test
  void sameShiftOfAllLogitsIsNoDivergence() {
    Deviation deviation = new Deviation();
    deviation.add(new float[] {200, 100, -50}, new float[] {-300, -400, -550});

    assertEquals(0, deviation.divergenceMax(), EPSILON);
    assertEquals(1, deviation.agreement());
  }

  @Test
  void lowestIdWinsAmongEquals() {
    Deviation deviation = new Deviation();
    deviation.add(new float[] {1, 1}, new float[] {1, 1});
    deviation.add(new float[] {1, 1}, new float[] {1, 1.5f});

    assertEquals(0.5, deviation.agreement());
  }

  @Test
  void partsAddUp() {
    Deviation one = new Deviation();
    Deviation other = new Deviation();
    one.add(new float[] {0, 1}, new float[] {1, 1});
    other.add(new float[] {0, 1}, new float[] {3, 1});
    other.add(new float[] {0, 1}, new float[] {0, 1});
    Deviation all = new Deviation();
    all.add(one);
    all.add(other);

    assertEquals(3, all.positions());
    assertEquals(3, all.logitMax());
    assertEquals(4.0 / 6, all.logitMean(), EPSILON);
    assertEquals(1.0 / 3, all.agreement(), EPSILON); // a tie goes to the lowest id
    assertEquals(other.divergenceMax(), all.divergenceMax());
  }
}
