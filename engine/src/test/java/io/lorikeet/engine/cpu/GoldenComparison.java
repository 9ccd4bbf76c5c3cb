package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Compares answers with golden runs, and remembers the largest deviation. */
public final class GoldenComparison {
  private static final float TOLERANCE = 2e-4f;

  private final Map<String, GoldenPage.Result> results = new TreeMap<>();
  private float largest;
  private int runs;

  /** As {@link #check(Golden.Run, Answer)}, for a row of {@link GoldenPage}. */
  void check(String kind, Golden.Run run, Answer answer) {
    float deviation = check(run, answer);
    Set<String> adapters =
        run.parts().stream().map(Golden.Part::adapter).collect(Collectors.toSet());
    results.merge(
        kind, new GoldenPage.Result(adapters, Set.of(run.name()), deviation), this::joined);
  }

  private GoldenPage.Result joined(GoldenPage.Result a, GoldenPage.Result b) {
    return new GoldenPage.Result(
        union(a.adapters(), b.adapters()),
        union(a.runs(), b.runs()),
        Math.max(a.deviation(), b.deviation()));
  }

  private static Set<String> union(Set<String> a, Set<String> b) {
    Set<String> all = new TreeSet<>(a);
    all.addAll(b);
    return all;
  }

  /** By kind, where kinds were given. */
  Map<String, GoldenPage.Result> results() {
    return results;
  }

  /**
   * Tokens exactly, logits within 2e-4.
   *
   * @return the largest deviation
   */
  public float check(Golden.Run run, Answer answer) {
    float most = 0f;
    assertEquals("", answer.failure(), run.name());
    for (int i = 0; i < run.positions().length; i++) {
      String where = run.name() + ", position " + run.positions()[i];
      float deviation = deviation(run.logits()[i], answer.at(run.positions()[i]));
      assertTrue(deviation <= TOLERANCE, where + " deviates by " + deviation);
      most = Math.max(most, deviation);
    }
    assertEquals(run.tokens(), answer.tokens(), run.name());
    largest = Math.max(largest, most);
    runs++;
    return most;
  }

  public int runs() {
    return runs;
  }

  /** One line for the test's output. */
  public void print(String what) {
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
