package io.lorikeet.engine.sample;

/** Floats as integers of the same order, for selection by digits. Both zeros are one value. */
final class FloatOrder {
  private FloatOrder() {}

  /** The key of a value that is not NaN; keys compare unsigned. */
  static int key(float value) {
    int bits = Float.floatToRawIntBits(value + 0f);
    return bits ^ ((bits >> 31) | Integer.MIN_VALUE);
  }

  /** The value of a key. */
  static float value(int key) {
    return Float.intBitsToFloat(key < 0 ? key ^ Integer.MIN_VALUE : ~key);
  }
}
