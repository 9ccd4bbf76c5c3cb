package io.lorikeet.engine.format.peft;

/**
 * A set of ASCII characters. Module paths are ASCII, so what a pattern says about other characters
 * never matters.
 *
 * @param low characters 0 to 63, one bit each
 * @param high characters 64 to 127
 */
record CharSet(long low, long high) {
  static final CharSet NONE = new CharSet(0, 0);
  static final CharSet ANY = new CharSet(-1, -1);
  static final CharSet DIGITS = range('0', '9');
  static final CharSet WORD = DIGITS.or(range('a', 'z')).or(range('A', 'Z')).or(range('_', '_'));
  static final CharSet SPACE = range(9, 13).or(range(28, 32));

  /** Characters {@code first} to {@code last}, the ASCII ones of them. */
  static CharSet range(int first, int last) {
    long low = 0;
    long high = 0;
    for (int c = first; c <= Math.min(last, 127); c++) {
      if (c < 64) {
        low |= 1L << c;
      } else {
        high |= 1L << (c - 64);
      }
    }
    return new CharSet(low, high);
  }

  CharSet or(CharSet other) {
    return new CharSet(low | other.low, high | other.high);
  }

  CharSet not() {
    return new CharSet(~low, ~high);
  }

  /** With the other case of each letter. */
  CharSet bothCases() {
    long letters = ((1L << 26) - 1) << 1;
    long upper = high & letters;
    long lower = (high >>> 32) & letters;
    return new CharSet(low, high | upper << 32 | lower);
  }

  boolean has(char c) {
    return c < 64 ? (low >>> c & 1) != 0 : c < 128 && (high >>> (c - 64) & 1) != 0;
  }
}
