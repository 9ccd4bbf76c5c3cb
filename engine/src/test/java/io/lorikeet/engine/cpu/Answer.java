package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What came of a {@link Request}.
 *
 * @param logits raw logits by position
 * @param failure the row's own fault that ended it, or empty
 */
record Answer(List<Integer> tokens, Map<Integer, float[]> logits, String failure) {
  /** The same tokens and the same bits in every logit. */
  void assertSameBits(Answer other, String what) {
    assertEquals(failure, other.failure, what);
    assertEquals(tokens, other.tokens, what);
    assertEquals(logits.keySet(), other.logits.keySet(), what);
    for (int position : logits.keySet()) {
      assertArrayEquals(
          bits(at(position)), bits(other.at(position)), what + ", position " + position);
    }
  }

  /** The logits of a position. */
  float[] at(int position) {
    return Objects.requireNonNull(logits.get(position), () -> "no logits at " + position);
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
