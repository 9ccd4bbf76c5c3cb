package io.lorikeet.engine.cpu;

import io.lorikeet.engine.sample.SamplingParams;
import java.util.Arrays;

/** What the executor keeps for each running sequence: how it draws, and its last token. */
final class Seats {
  private static final int UNKNOWN = -1;

  private final SamplingParams[] sampling;
  private final boolean[] bound;
  private final int[] lastToken;

  Seats(int count) {
    sampling = new SamplingParams[count];
    bound = new boolean[count];
    lastToken = new int[count];
    Arrays.fill(sampling, SamplingParams.GREEDY);
    Arrays.fill(lastToken, UNKNOWN);
  }

  void bind(int seat, SamplingParams params) {
    sampling[seat] = params;
    bound[seat] = true;
    lastToken[seat] = UNKNOWN;
  }

  void free(int seat) {
    sampling[seat] = SamplingParams.GREEDY;
    bound[seat] = false;
    lastToken[seat] = UNKNOWN;
  }

  SamplingParams sampling(int seat) {
    return sampling[seat];
  }

  /** Throws unless the seat belongs to a sequence. */
  void requireBound(int seat) {
    if (seat < 0 || seat >= bound.length || !bound[seat]) {
      throw new IllegalArgumentException("seat " + seat + " is not bound");
    }
  }

  int lastToken(int seat) {
    if (lastToken[seat] == UNKNOWN) {
      throw new IllegalArgumentException("no token was drawn on seat " + seat + " yet");
    }
    return lastToken[seat];
  }

  void drawn(int seat, int token) {
    lastToken[seat] = token;
  }
}
