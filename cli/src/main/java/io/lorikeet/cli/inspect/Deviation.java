package io.lorikeet.cli.inspect;

/** How far the logits of one form of a model are from those of another, over many positions. */
final class Deviation {
  private long positions;
  private long logits;
  private double sum;
  private double largest;
  private long agreeing;
  private double divergenceSum;
  private double divergenceMax;

  /**
   * One position.
   *
   * @param expected {@code [vocab]}, finite
   * @param actual likewise
   */
  void add(float[] expected, float[] actual) {
    int best = 0;
    int actualBest = 0;
    for (int i = 0; i < expected.length; i++) {
      double distance = Math.abs((double) expected[i] - actual[i]);
      sum += distance;
      largest = Math.max(largest, distance);
      best = expected[i] > expected[best] ? i : best;
      actualBest = actual[i] > actual[actualBest] ? i : actualBest;
    }
    positions++;
    logits += expected.length;
    agreeing += best == actualBest ? 1 : 0;
    double divergence = divergence(expected, actual, expected[best], actual[actualBest]);
    divergenceSum += divergence;
    divergenceMax = Math.max(divergenceMax, divergence);
  }

  // Sum of p * ln(p / q); rounding can make it a little less than 0.
  private static double divergence(float[] p, float[] q, float pMost, float qMost) {
    double pTotal = 0;
    double qTotal = 0;
    for (int i = 0; i < p.length; i++) {
      pTotal += StrictMath.exp((double) p[i] - pMost);
      qTotal += StrictMath.exp((double) q[i] - qMost);
    }
    double pNorm = pMost + StrictMath.log(pTotal);
    double qNorm = qMost + StrictMath.log(qTotal);
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      double logP = p[i] - pNorm;
      sum += StrictMath.exp(logP) * (logP - (q[i] - qNorm));
    }
    return Math.max(0, sum);
  }

  /** Adds what another one holds. */
  void add(Deviation other) {
    positions += other.positions;
    logits += other.logits;
    sum += other.sum;
    largest = Math.max(largest, other.largest);
    agreeing += other.agreeing;
    divergenceSum += other.divergenceSum;
    divergenceMax = Math.max(divergenceMax, other.divergenceMax);
  }

  /** Positions that were compared; the means need one at least. */
  long positions() {
    return positions;
  }

  /** The largest distance of two logits. */
  double logitMax() {
    return largest;
  }

  /** The mean distance of two logits. */
  double logitMean() {
    return sum / logits;
  }

  /** Share of positions whose most likely token is the same one. */
  double agreement() {
    return (double) agreeing / positions;
  }

  /** Mean Kullback-Leibler divergence in nats, of the expected distribution from the actual one. */
  double divergenceMean() {
    return divergenceSum / positions;
  }

  /** Its largest value at a position. */
  double divergenceMax() {
    return divergenceMax;
  }
}
