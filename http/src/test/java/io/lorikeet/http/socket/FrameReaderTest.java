package io.lorikeet.http.socket;

import static io.lorikeet.http.socket.ClientFrames.LAST;
import static io.lorikeet.http.socket.ClientFrames.frame;
import static io.lorikeet.http.socket.ClientFrames.head;
import static io.lorikeet.http.socket.ClientFrames.join;
import static io.lorikeet.http.socket.ClientFrames.text;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
  private static final int MAX = 200;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 125, 126, 199, 200})
  void aMessageOfAnyAllowedLengthIsReadWhole(int length) {
    String sent = "x".repeat(length);

    assertEquals(List.of("text " + sent), read(text(sent)));
  }

  @Test
  void aMessageBeyondTheLimitIsTooBigBeforeItsBytesCome() {
    assertEquals(List.of("broken TOO_BIG"), read(head(LAST | Opcode.TEXT, MAX + 1)));
    assertEquals(List.of("broken TOO_BIG"), read(head(LAST | Opcode.TEXT, 70_000)));
    assertEquals(List.of("broken TOO_BIG"), read(head(LAST | Opcode.BINARY, Long.MAX_VALUE)));
  }

  @Test
  void theLimitHoldsForAllFramesOfAMessageTogether() {
    byte[] half = frame(Opcode.TEXT, new byte[MAX / 2]);

    assertEquals(
        List.of("text " + "\0".repeat(MAX)),
        read(join(half, frame(LAST | Opcode.CONTINUATION, new byte[MAX / 2]))));
    assertEquals(
        List.of("broken TOO_BIG"), read(join(half, head(LAST | Opcode.CONTINUATION, MAX / 2 + 1))));
  }

  @Test
  void theNextMessageMayBeAsLongAgain() {
    String sent = "y".repeat(MAX);

    assertEquals(List.of("text " + sent, "text " + sent), read(join(text(sent), text(sent))));
  }

  @Test
  void theCloseFrameBehindAMessageThatIsTooBigIsSeen() {
    byte[] large = frame(LAST | Opcode.TEXT, new byte[100_000]);

    assertEquals(
        List.of("broken TOO_BIG", "closed 1009"), read(join(large, ClientFrames.close(1009))));
    assertEquals(
        List.of("broken TOO_BIG", "closed 1000"),
        read(join(large, text("late"), large, ClientFrames.close(1000), text("later"))));
  }

  @Test
  void controlFramesMayStandBetweenTheFramesOfAMessage() {
    byte[] bytes =
        join(
            frame(Opcode.TEXT, utf8("\u00e4").clone()),
            frame(LAST | Opcode.PING, utf8("now")),
            frame(Opcode.CONTINUATION, new byte[0]),
            frame(LAST | Opcode.PONG, utf8("then")),
            frame(LAST | Opcode.CONTINUATION, utf8("b")));

    assertEquals(List.of("ping now", "pong", "text \u00e4b"), read(bytes));
  }

  @Test
  void aCharacterMayBeCutByFrames() {
    byte[] parrot = utf8("\ud83e\udd9c");

    assertEquals(
        List.of("text \ud83e\udd9c"),
        read(
            join(
                frame(Opcode.TEXT, new byte[] {parrot[0], parrot[1]}),
                frame(LAST | Opcode.CONTINUATION, new byte[] {parrot[2], parrot[3]}))));
  }

  @Test
  void textThatIsNotUtf8IsRefusedAndBinaryDataMayBeAnything() {
    byte[] half = {(byte) 0xf0, (byte) 0x9f};

    assertEquals(List.of("broken NOT_UTF8"), read(frame(LAST | Opcode.TEXT, half)));
    assertEquals(List.of("binary"), read(frame(LAST | Opcode.BINARY, half)));
  }

  static Stream<Arguments> broken() {
    byte[] unmasked = {(byte) (LAST | Opcode.TEXT), 2, 'h', 'i'};
    return Stream.of(
        Arguments.of("not masked", unmasked),
        Arguments.of("an extension's bit", frame(LAST | 0x40 | Opcode.TEXT, utf8("hi"))),
        Arguments.of("a reserved bit", frame(LAST | 0x10 | Opcode.TEXT, utf8("hi"))),
        Arguments.of("an unknown data frame", frame(LAST | 3, utf8("hi"))),
        Arguments.of("an unknown control frame", frame(LAST | 11, utf8("hi"))),
        Arguments.of("a ping in parts", frame(Opcode.PING, utf8("hi"))),
        Arguments.of("a ping of 126 bytes", frame(LAST | Opcode.PING, new byte[126])),
        Arguments.of("a negative length", head(LAST | Opcode.TEXT, -1)),
        Arguments.of("a continuation of nothing", frame(LAST | Opcode.CONTINUATION, utf8("hi"))),
        Arguments.of(
            "a message within a message",
            join(frame(Opcode.TEXT, utf8("h")), frame(LAST | Opcode.TEXT, utf8("i")))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("broken")
  void whatTheProtocolForbidsBreaksTheSocketOnce(String what, byte[] bytes) {
    assertEquals(List.of("broken PROTOCOL_ERROR"), read(join(bytes, text("more"))), what);
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 1001, 1011, 3000, 4999})
  void aGoodCloseCodeIsAnsweredWithItself(int code) {
    assertEquals(List.of("closed " + code), read(ClientFrames.close(code)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 2999, 5000})
  void aCloseCodeThatMustNotBeSentIsAProtocolError(int code) {
    assertEquals(List.of("closed 1002"), read(ClientFrames.close(code)));
  }

  @Test
  void aCloseFrameMayBeEmptyAndItsReasonMustBeUtf8() {
    assertEquals(List.of("closed 1000"), read(frame(LAST | Opcode.CLOSE, new byte[0])));
    assertEquals(List.of("closed 1002"), read(frame(LAST | Opcode.CLOSE, new byte[] {3})));
    byte[] bad = {3, (byte) 0xe8, (byte) 0xff};
    assertEquals(List.of("closed 1002"), read(frame(LAST | Opcode.CLOSE, bad)));
  }

  @Test
  void aPingMayHave125Bytes() {
    assertEquals(
        List.of("ping " + "p".repeat(125)), read(frame(LAST | Opcode.PING, utf8("p".repeat(125)))));
  }

  // Whatever comes, in whatever pieces, is read the same, and what is held stays bounded.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void garbageAndMutatedFramesAreReadTheSameInAnyPieces(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      byte[] bytes =
          join(
              text("hello"),
              frame(Opcode.TEXT, utf8("frag")),
              frame(LAST | Opcode.PING, utf8("p")),
              frame(LAST | Opcode.CONTINUATION, utf8("ment")),
              frame(LAST | Opcode.BINARY, new byte[150]),
              ClientFrames.close(1000));
      for (int i = random.nextInt(4); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      int piece = 1 + random.nextInt(40);

      List<String> whole = outcomes(bytes, bytes.length);

      assertEquals(whole, outcomes(bytes, piece), "seed " + seed + ", round " + round);
      long broken = whole.stream().filter(what -> what.startsWith("broken")).count();
      assertEquals(Math.min(broken, 1), broken, "seed " + seed + ", round " + round);
    }
  }

  private static List<String> read(byte[] bytes) {
    List<String> whole = outcomes(bytes, bytes.length);
    assertEquals(whole, outcomes(bytes, 1), "read byte by byte");
    return whole;
  }

  private static List<String> outcomes(byte[] bytes, int piece) {
    FrameReader reader = new FrameReader(MAX);
    List<String> outcomes = new ArrayList<>();
    for (int from = 0; from < bytes.length; from += piece) {
      reader.add(ByteString.fromArray(bytes, from, Math.min(piece, bytes.length - from)));
      for (Optional<Received> next = reader.next(); next.isPresent(); next = reader.next()) {
        outcomes.add(shown(next.get()));
        if (next.get() instanceof Received.Closed) {
          return outcomes;
        }
      }
    }
    return outcomes;
  }

  private static String shown(Received received) {
    return switch (received) {
      case Received.Text(byte[] utf8) -> "text " + new String(utf8, StandardCharsets.UTF_8);
      case Received.Binary _ -> "binary";
      case Received.Ping(ByteString data) -> "ping " + data.utf8String();
      case Received.Pong _ -> "pong";
      case Received.Closed(int code) -> "closed " + code;
      case Received.Broken(CloseCode code, String _) -> "broken " + code;
    };
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
