package io.lorikeet.cli.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A client that writes bytes as they stand there. */
final class WireClient {
  private static final int LITTLE_BYTES = 40;
  private static final int END_OF_HEAD = 0x0d0a0d0a;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private WireClient() {}

  /**
   * All bytes that came back.
   *
   * @param end how the server ended the connection
   */
  record Heard(byte[] bytes, End end) {}

  /** How a connection ended. */
  enum End {
    CLOSED,
    RESET,
    /** The client went. */
    LEFT
  }

  /**
   * Plays the client's part.
   *
   * @throws AssertionError where the server neither answers nor closes
   */
  static Heard play(InetSocketAddress address, Wire wire) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(FuzzServer.LONG_SECONDS));
      socket.setTcpNoDelay(true);
      socket.connect(address);
      ByteArrayOutputStream heard = new ByteArrayOutputStream();
      write(socket, wire, heard);
      return switch (wire.manner()) {
        case READS, HALF_CLOSES -> read(socket.getInputStream(), heard, Integer.MAX_VALUE);
        case READS_LITTLE -> read(socket.getInputStream(), heard, heard.size() + LITTLE_BYTES);
        case CLOSES -> new Heard(new byte[0], End.LEFT);
        case RESETS -> {
          socket.setSoLinger(true, 0);
          yield new Heard(new byte[0], End.LEFT);
        }
      };
    }
  }

  // A server may refuse what it has not read to the end, and close; then the rest can't be written.
  private static void write(Socket socket, Wire wire, ByteArrayOutputStream heard) {
    try {
      OutputStream out = socket.getOutputStream();
      for (byte[] part : wire.parts()) {
        out.write(part);
        out.flush();
        if (wire.request() instanceof Wire.Sent.Upgrade && heard.size() == 0) {
          readHead(socket.getInputStream(), heard);
        }
        if (wire.parts().size() > 1) {
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
      if (wire.manner() == Wire.Manner.HALF_CLOSES) {
        socket.shutdownOutput();
      }
    } catch (IOException e) {
      // What the server said before can still be read.
    }
  }

  private static void readHead(InputStream in, ByteArrayOutputStream heard) throws IOException {
    int newest = 0;
    for (int octet = in.read(); octet >= 0; octet = in.read()) {
      heard.write(octet);
      newest = newest << 8 | octet;
      if (newest == END_OF_HEAD) {
        return;
      }
    }
  }

  private static Heard read(InputStream in, ByteArrayOutputStream heard, int most)
      throws IOException {
    byte[] buffer = new byte[8192];
    while (heard.size() < most) {
      int count;
      try {
        count = in.read(buffer, 0, Math.min(buffer.length, most - heard.size()));
      } catch (SocketTimeoutException e) {
        throw new AssertionError("no byte and no end for long, after " + heard, e);
      } catch (SocketException e) {
        return new Heard(heard.toByteArray(), End.RESET);
      }
      if (count < 0) {
        return new Heard(heard.toByteArray(), End.CLOSED);
      }
      heard.write(buffer, 0, count);
    }
    return new Heard(heard.toByteArray(), End.LEFT);
  }
}
