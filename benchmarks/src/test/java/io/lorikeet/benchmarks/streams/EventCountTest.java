package io.lorikeet.benchmarks.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventCountTest {
  private static final String ANSWER =
      "HTTP/1.1 200 OK\r\nserver: x\r\n\r\n9\r\ndata: a\n\n\r\n12\r\ndata: b\n\ndata: c\n\n\r\n0\r\n\r\n";

  @ParameterizedTest(name = "pieces of {0} bytes")
  @ValueSource(ints = {1, 2, 7, 1000})
  void eventsAreCountedWhereverPiecesBegin(int piece) {
    EventCount count = new EventCount();
    byte[] all = ANSWER.getBytes(StandardCharsets.US_ASCII);
    for (int begin = 0; begin < all.length; begin += piece) {
      int length = Math.min(piece, all.length - begin);
      byte[] data = new byte[1000];
      System.arraycopy(all, begin, data, 0, length);
      count.add(data, length);
    }

    assertEquals(3, count.events());
    assertEquals(all.length, count.bytes());
    assertEquals(ANSWER, count.tail());
  }

  @ParameterizedTest(name = "pieces of {0} bytes")
  @ValueSource(ints = {100, 1024, 5000})
  void theLastBytesOfALongAnswerStay(int piece) {
    EventCount count = new EventCount();
    byte[] data = "0123456789".repeat(piece / 10).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 20; i++) {
      count.add(data, data.length);
    }

    assertEquals(1024, count.tail().length());
    assertTrue("0123456789".repeat(3000).contains(count.tail()), count.tail());
  }
}
