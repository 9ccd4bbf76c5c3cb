package io.lorikeet.cli.bench;

import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.Piece;
import java.util.Arrays;

/** When the tokens of one stream came. Filled by one thread at a time. */
final class StreamTimes {
  private final long asked;
  private final long[] nanos;
  private int tokens;

  /**
   * @param asked when the stream was asked for
   * @param tokensMax how many it draws
   */
  StreamTimes(long asked, int tokensMax) {
    this.asked = asked;
    nanos = new long[tokensMax];
  }

  void add(GenerationEvent event, long now) {
    switch (event) {
      case Piece piece -> {
        Arrays.fill(nanos, tokens, tokens + piece.ids().size(), now);
        tokens += piece.ids().size();
      }
      case Failed failed ->
          throw new IllegalStateException(
              "a stream failed: " + failed.code() + ": " + failed.message());
      default -> {}
    }
  }

  int tokens() {
    return tokens;
  }

  long asked() {
    return asked;
  }

  long first() {
    return nanos[0];
  }

  long last() {
    return nanos[tokens - 1];
  }

  /** Tokens that came after {@code begin} and not after {@code end}. */
  int between(long begin, long end) {
    int count = 0;
    for (int i = 0; i < tokens; i++) {
      count += nanos[i] > begin && nanos[i] <= end ? 1 : 0;
    }
    return count;
  }

  /** Nanoseconds from each token to the next; tokens that came at once share their gap. */
  double[] gaps() {
    double[] gaps = new double[Math.max(0, tokens - 1)];
    int from = 0;
    for (int i = 1; i < tokens; i++) {
      if (nanos[i] != nanos[from]) {
        int next = i;
        while (next < tokens && nanos[next] == nanos[i]) {
          next++;
        }
        double gap = (double) (nanos[i] - nanos[from]) / (next - i);
        Arrays.fill(gaps, i - 1, next - 1, gap);
        from = i;
        i = next - 1;
      }
    }
    return gaps;
  }
}
