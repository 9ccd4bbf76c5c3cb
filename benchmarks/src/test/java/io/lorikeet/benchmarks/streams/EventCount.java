package io.lorikeet.benchmarks.streams;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Counts the events of one answer: two line feeds in a row end one, and stand nowhere else, neither
 * in the head nor between chunks. Keeps the last bytes, which say how it ended.
 */
final class EventCount {
  private static final int TAIL_BYTES = 1024;

  private byte[] tail = {};
  private long events;
  private long bytes;
  private byte last;

  void add(byte[] data, int length) {
    for (int i = 0; i < length; i++) {
      byte next = data[i];
      if (next == '\n' && last == '\n') {
        events++;
      }
      last = next;
    }
    bytes += length;
    keep(data, length);
  }

  private void keep(byte[] data, int length) {
    if (length >= TAIL_BYTES) {
      tail = Arrays.copyOfRange(data, length - TAIL_BYTES, length);
      return;
    }
    int kept = Math.min(tail.length, TAIL_BYTES - length);
    byte[] joined = Arrays.copyOfRange(tail, tail.length - kept, tail.length + length);
    System.arraycopy(data, 0, joined, kept, length);
    tail = joined;
  }

  long events() {
    return events;
  }

  long bytes() {
    return bytes;
  }

  /** The end of what came, as text. */
  String tail() {
    return new String(tail, StandardCharsets.UTF_8);
  }
}
