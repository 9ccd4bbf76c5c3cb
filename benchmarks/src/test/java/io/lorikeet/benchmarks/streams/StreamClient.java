package io.lorikeet.benchmarks.streams;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads many event streams at once on the calling thread, and does no more with them than to count
 * their events: a client that costs little, so that the server is what is measured.
 */
final class StreamClient {
  private static final int BUFFER_BYTES = 1 << 16;

  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

  /**
   * What came.
   *
   * @param nanos from the first request to the last end
   */
  record Received(List<EventCount> streams, long nanos) {
    long events() {
      return streams.stream().mapToLong(EventCount::events).sum();
    }

    long bytes() {
      return streams.stream().mapToLong(EventCount::bytes).sum();
    }
  }

  /** Posts the request so many times at once, and reads all answers to their ends. */
  Received read(InetSocketAddress server, String route, String body, int streams)
      throws IOException {
    List<EventCount> counts = new ArrayList<>();
    byte[] request = request(server, route, body);
    try (Selector selector = Selector.open()) {
      List<SocketChannel> channels = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        channels.add(SocketChannel.open(server));
      }
      long begin = System.nanoTime();
      for (SocketChannel channel : channels) {
        channel.write(ByteBuffer.wrap(request));
        channel.configureBlocking(false);
        EventCount count = new EventCount();
        counts.add(count);
        channel.register(selector, SelectionKey.OP_READ, count);
      }
      int open = streams;
      while (open > 0) {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
          open -= readOne(key) ? 0 : 1;
        }
        selector.selectedKeys().clear();
      }
      return new Received(counts, System.nanoTime() - begin);
    }
  }

  /** False: the stream is at its end. */
  private boolean readOne(SelectionKey key) throws IOException {
    buffer.clear();
    int bytes = ((SocketChannel) key.channel()).read(buffer);
    if (bytes < 0) {
      key.channel().close();
      return false;
    }
    ((EventCount) key.attachment()).add(buffer.array(), bytes);
    return true;
  }

  private static byte[] request(InetSocketAddress server, String route, String body) {
    String head =
        """
        POST %s HTTP/1.1\r
        host: %s:%d\r
        content-type: application/json\r
        content-length: %d\r
        connection: close\r
        \r
        """
            .formatted(
                route,
                server.getHostString(),
                server.getPort(),
                body.getBytes(StandardCharsets.UTF_8).length);
    return (head + body).getBytes(StandardCharsets.UTF_8);
  }
}
