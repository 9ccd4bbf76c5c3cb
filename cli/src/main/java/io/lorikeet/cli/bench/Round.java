package io.lorikeet.cli.bench;

import java.util.Arrays;
import java.util.List;

/**
 * One run of all streams at once.
 *
 * @param tokensPerSecond while all of them drew; of the whole round where they never did at once
 * @param prefillTokensPerSecond from the first question to the last first token
 * @param ttftNanos of each stream
 * @param itlNanos of all tokens but the first of a stream
 */
record Round(
    double tokensPerSecond, double prefillTokensPerSecond, double[] ttftNanos, double[] itlNanos) {
  private static final double NANOS = 1e9;

  static Round of(List<StreamTimes> streams, int prompt) {
    long asked = streams.stream().mapToLong(StreamTimes::asked).min().orElseThrow();
    long begin = streams.stream().mapToLong(StreamTimes::first).max().orElseThrow();
    long end = streams.stream().mapToLong(StreamTimes::last).min().orElseThrow();
    // Streams of a few tokens of a tiny model may never draw side by side.
    long from = end > begin ? begin : asked;
    long to = end > begin ? end : streams.stream().mapToLong(StreamTimes::last).max().orElseThrow();
    int tokens = streams.stream().mapToInt(stream -> stream.between(from, to)).sum();
    return new Round(
        tokens * NANOS / (to - from),
        (double) prompt * streams.size() * NANOS / (begin - asked),
        streams.stream().mapToDouble(stream -> stream.first() - stream.asked()).toArray(),
        streams.stream().flatMapToDouble(s -> Arrays.stream(s.gaps())).toArray());
  }
}
