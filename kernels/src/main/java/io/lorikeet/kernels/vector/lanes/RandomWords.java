package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.Philox;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;

/** Philox4x32-10 of as many counters at once as a vector has lanes. */
final class RandomWords {
  private static final long LOW = 0xFFFFFFFFL;

  private RandomWords() {}

  /**
   * The ids of [4 * begin, 4 * end) whose word is at least {@code least}, unsigned.
   *
   * @param c scratch, 4 vectors: the counters' words 0, then their words 1, 2 and 3
   */
  static int large(long seed, long position, int begin, int end, int least, int[] ids, int[] c) {
    int count = 0;
    for (int block = begin; block < end; block += LENGTH) {
      begin(c, block, position);
      int k0 = (int) seed;
      int k1 = (int) (seed >>> 32);
      for (int round = 0; round < Philox.ROUNDS; round++) {
        round(c, k0, k1);
        k0 += Philox.WEYL_0;
        k1 += Philox.WEYL_1;
      }
      long there = -1L >>> (Long.SIZE - Math.min(LENGTH, end - block));
      for (int word = 0; word < 4; word++) {
        count = add(atLeast(c, word, least) & there, 4 * block + word, ids, count);
      }
    }
    return count;
  }

  static void begin(int[] c, int block, long position) {
    Lanes.broadcast(block).addIndex(1).intoArray(c, 0);
    Lanes.broadcast(0).intoArray(c, LENGTH);
    Lanes.broadcast((int) position).intoArray(c, 2 * LENGTH);
    Lanes.broadcast((int) (position >>> 32)).intoArray(c, 3 * LENGTH);
  }

  // A loop of its own per round: ten in one exceed the compiler's limit of nodes.
  static void round(int[] c, int k0, int k1) {
    IntVector c0 = IntVector.fromArray(Lanes.I, c, 0);
    IntVector c1 = IntVector.fromArray(Lanes.I, c, LENGTH);
    IntVector c2 = IntVector.fromArray(Lanes.I, c, 2 * LENGTH);
    IntVector c3 = IntVector.fromArray(Lanes.I, c, 3 * LENGTH);
    LongVector even0 = even(c0).mul(Philox.MULTIPLIER_0);
    LongVector odd0 = odd(c0).mul(Philox.MULTIPLIER_0);
    LongVector even2 = even(c2).mul(Philox.MULTIPLIER_2);
    LongVector odd2 = odd(c2).mul(Philox.MULTIPLIER_2);
    xor(high(even2, odd2), c1, k0).intoArray(c, 0);
    low(even2, odd2).intoArray(c, LENGTH);
    xor(high(even0, odd0), c3, k1).intoArray(c, 2 * LENGTH);
    low(even0, odd0).intoArray(c, 3 * LENGTH);
  }

  private static IntVector xor(IntVector a, IntVector b, int key) {
    return a.lanewise(VectorOperators.XOR, b).lanewise(VectorOperators.XOR, key);
  }

  private static LongVector even(IntVector v) {
    return v.reinterpretAsLongs().and(LOW);
  }

  private static LongVector odd(IntVector v) {
    return v.reinterpretAsLongs().lanewise(VectorOperators.LSHR, 32);
  }

  private static IntVector high(LongVector even, LongVector odd) {
    return even.lanewise(VectorOperators.LSHR, 32).or(odd.and(~LOW)).reinterpretAsInts();
  }

  private static IntVector low(LongVector even, LongVector odd) {
    return even.and(LOW).or(odd.lanewise(VectorOperators.LSHL, 32)).reinterpretAsInts();
  }

  static long atLeast(int[] c, int word, int least) {
    IntVector words = IntVector.fromArray(Lanes.I, c, word * LENGTH);
    return words.compare(VectorOperators.UGE, least).toLong();
  }

  private static int add(long lanes, int first, int[] ids, int known) {
    int count = known;
    for (long left = lanes; left != 0; left &= left - 1) {
      ids[count++] = first + 4 * Long.numberOfTrailingZeros(left);
    }
    return count;
  }
}
