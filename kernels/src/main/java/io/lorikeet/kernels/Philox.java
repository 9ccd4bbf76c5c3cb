package io.lorikeet.kernels;

/**
 * Philox4x32-10, a counter-based generator of random words: no state, a pure function of counter
 * and key, so that any word can be had on any device in any order. Source: Salmon et al., "Parallel
 * Random Numbers: As Easy as 1, 2, 3" (2011). Keeps the four words of the last counter.
 */
public final class Philox {
  public static final int ROUNDS = 10;

  /** Factor of a counter's words 0, unsigned. */
  public static final long MULTIPLIER_0 = 0xD2511F53L;

  /** And of its words 2. */
  public static final long MULTIPLIER_2 = 0xCD9E8D57L;

  /** What a round adds to the key's word 0. */
  public static final int WEYL_0 = 0x9E3779B9;

  /** And to its word 1. */
  public static final int WEYL_1 = 0xBB67AE85;

  private static final long LOW = 0xFFFFFFFFL;

  private int out0;
  private int out1;
  private int out2;
  private int out3;

  /** Computes the four words of a counter. */
  public void block(int counter0, int counter1, int counter2, int counter3, int key0, int key1) {
    int c0 = counter0;
    int c1 = counter1;
    int c2 = counter2;
    int c3 = counter3;
    int k0 = key0;
    int k1 = key1;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & LOW);
      long product2 = MULTIPLIER_2 * (c2 & LOW);
      c0 = (int) (product2 >>> 32) ^ c1 ^ k0;
      c1 = (int) product2;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out0 = c0;
    out1 = c1;
    out2 = c2;
    out3 = c3;
  }

  /**
   * A word of the last counter.
   *
   * @param lane 0..3
   */
  public int word(int lane) {
    int low = (lane & 1) == 0 ? out0 : out1;
    int high = (lane & 1) == 0 ? out2 : out3;
    return (lane & 2) == 0 ? low : high;
  }
}
