package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.kernels.Philox;

/**
 * Entries drawn at random, the same ones for the same recipe everywhere and always: whether an
 * entry stays is a function of the recipe's hash, the matrix and the entry's place in it.
 */
final class RandomPruning {
  private static final int WORDS = 4;
  private static final double RANGE = 0x1p32;

  private final Philox philox = new Philox();
  private final int key0;
  private final int key1;

  RandomPruning(GenerationId derived) {
    long key = Long.parseUnsignedLong(derived.hash(), 0, Long.BYTES * 2, 16);
    key0 = (int) key;
    key1 = (int) (key >>> 32);
  }

  /**
   * Keeps each entry with probability {@code density}, divided by it so that the expectation stays,
   * and sets the others to zero.
   *
   * @param matrix tells the matrices of one module apart
   */
  void prune(float[] values, double density, Place place, int matrix) {
    if (density == 1) {
      return;
    }
    for (int i = 0; i < values.length; i++) {
      if (i % WORDS == 0) {
        philox.block(i / WORDS, matrix, place.layer(), place.moduleNumber(), key0, key1);
      }
      boolean stays = Integer.toUnsignedLong(philox.word(i % WORDS)) < density * RANGE;
      values[i] = stays ? (float) (values[i] / density) : 0;
    }
  }
}
