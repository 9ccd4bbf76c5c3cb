package io.lorikeet.engine.sample;

import io.lorikeet.kernels.ExactMath;
import io.lorikeet.kernels.Philox;

/**
 * Draws from exp(z) by one argmax over z + g, with g the standard Gumbel noise of (seed, position,
 * id). The noise belongs to the id, so the outcome depends neither on the order in which ids are
 * offered nor on who else is; equal sums go to the lowest id. Most ids are turned down by an upper
 * bound on their noise without a logarithm, which changes no outcome.
 */
final class GumbelMax {
  /** Element n: no noise is larger whose word begins with n ones and a zero. */
  private static final double[] BOUNDS = bounds();

  private static final double BOUND = BOUNDS[Integer.SIZE];

  private final Philox philox = new Philox();
  private int keyLow;
  private int keyHigh;
  private int positionLow;
  private int positionHigh;
  private int block;
  private double best;
  private int token;

  /**
   * @param seed unsigned
   * @param position absolute position of the new token
   */
  void begin(long seed, long position) {
    keyLow = (int) seed;
    keyHigh = (int) (seed >>> 32);
    positionLow = (int) position;
    positionHigh = (int) (position >>> 32);
    block = -1;
    best = Double.NEGATIVE_INFINITY;
    token = -1;
  }

  /**
   * @param z logarithm of the weight; ids of negative infinity and NaN are never drawn
   */
  void offer(int id, float z) {
    if (!(z + BOUND >= best) || z == Float.NEGATIVE_INFINITY) {
      return;
    }
    int word = word(id);
    if (z + BOUNDS[Integer.numberOfLeadingZeros(~word)] < best) {
      return;
    }
    double sum = z + noise(word);
    if (sum > best || (sum == best && id < token)) {
      best = sum;
      token = id;
    }
  }

  /**
   * How many ones a word begins with at least whose id can still be drawn, if its z is at most
   * {@code z}; 33 if none can.
   */
  int leadingOnes(float z) {
    int low = 0;
    int high = BOUNDS.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (z + BOUNDS[middle] < best) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The drawn id; -1 where none could be. */
  int token() {
    return token;
  }

  /** The largest z + g. */
  double best() {
    return best;
  }

  /** The random word of an id. */
  int word(int id) {
    if (id >> 2 != block) {
      block = id >> 2;
      philox.block(block, 0, positionLow, positionHigh, keyLow, keyHigh);
    }
    return philox.word(id & 3);
  }

  /** The middle of the word's interval: in (0, 1), never an end. */
  static double uniform(int word) {
    return (Integer.toUnsignedLong(word) + 0.5) * 0x1p-32;
  }

  /** -ln(-ln(u)), between -3.13 and 22.88. */
  static double noise(int word) {
    return -ExactMath.log(-ExactMath.log(uniform(word)));
  }

  private static double[] bounds() {
    double[] bounds = new double[Integer.SIZE + 1];
    for (int ones = 0; ones <= Integer.SIZE; ones++) {
      int largest = ones == Integer.SIZE ? -1 : ~(Integer.MIN_VALUE >>> ones);
      // The logarithm may err in its last bits.
      bounds[ones] = noise(largest) + 1e-9;
    }
    return bounds;
  }
}
