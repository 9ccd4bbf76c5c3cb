package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.engine.schedule.TokenOut;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What came of a {@link Request}.
 *
 * @param logits raw logits by position
 * @param failure the row's own fault that ended it, or empty
 * @param scores of the prompt's tokens from the second on, where asked
 * @param vector the pooled hidden states, where asked
 */
public record Answer(
    List<Integer> tokens,
    Map<Integer, float[]> logits,
    String failure,
    List<TokenOut> scores,
    float[] vector) {
  public Answer(List<Integer> tokens, Map<Integer, float[]> logits, String failure) {
    this(tokens, logits, failure, List.of(), new float[0]);
  }

  /** The same tokens and the same bits in every logit. */
  public void assertSameBits(Answer other, String what) {
    assertEquals(failure, other.failure, what);
    assertEquals(tokens, other.tokens, what);
    assertEquals(logits.keySet(), other.logits.keySet(), what);
    assertArrayEquals(bits(vector), bits(other.vector), what);
    assertEquals(scores.size(), other.scores.size(), what);
    for (int i = 0; i < scores.size(); i++) {
      String where = what + ", score " + i;
      assertEquals(scores.get(i).id(), other.scores.get(i).id(), where);
      assertEquals(scores.get(i).rank(), other.scores.get(i).rank(), where);
      assertEquals(scores.get(i).logprob(), other.scores.get(i).logprob(), where);
      assertArrayEquals(scores.get(i).topIds(), other.scores.get(i).topIds(), where);
      assertArrayEquals(scores.get(i).topLogprobs(), other.scores.get(i).topLogprobs(), where);
    }
    for (int position : logits.keySet()) {
      assertArrayEquals(
          bits(at(position)), bits(other.at(position)), what + ", position " + position);
    }
  }

  /** The logits of a position. */
  public float[] at(int position) {
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
