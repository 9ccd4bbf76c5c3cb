package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Compares answers with golden runs, and remembers the largest deviation. */
final class GoldenComparison {
  private static final float TOLERANCE = 2e-4f;

  private float largest;
  private int runs;

  /** Tokens exactly, logits within 2e-4. */
  void check(Golden.Run run, Answer answer) {
    assertEquals("", answer.failure(), run.name());
    for (int i = 0; i < run.positions().length; i++) {
      String where = run.name() + ", position " + run.positions()[i];
      float deviation = deviation(run.logits()[i], answer.at(run.positions()[i]));
      assertTrue(deviation <= TOLERANCE, where + " deviates by " + deviation);
      largest = Math.max(largest, deviation);
    }
    assertEquals(run.tokens(), answer.tokens(), run.name());
    runs++;
  }

  int runs() {
    return runs;
  }

  /** One line for the test's output. */
  void print(String what) {
    System.out.printf(
        "%s: largest deviation from the golden logits: %.2e over %d runs%n", what, largest, runs);
  }

  // NaN deviates from everything.
  private static float deviation(float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    float most = 0f;
    for (int i = 0; i < expected.length; i++) {
      float d = Math.abs(expected[i] - actual[i]);
      if (Float.isNaN(d) || d > most) {
        most = Float.isNaN(d) ? Float.POSITIVE_INFINITY : d;
      }
    }
    return most;
  }
}
