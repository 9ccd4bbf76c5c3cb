package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Utf8AssemblerTest {
  // Ends of the ranges of UTF-8: where a wrong bound would show.
  private static final int[] EDGES = {
    0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
    0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF
  };

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void anyBytesWithoutEncodedSurrogatesDecodeAsTheJdkDoes(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[random.nextInt(12)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) EDGES[random.nextInt(EDGES.length)];
      }
      assertEquals(
          new String(bytes, StandardCharsets.UTF_8),
          decode(false, bytes),
          "seed %d round %d".formatted(seed, round));
    }
  }

  @Test
  void everyCodePointComesBack() {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
        String text = Character.toString(codePoint);
        assertEquals(text, decode(true, text.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  @Test
  void encodedSurrogateIsThreeMarks() {
    byte[] bytes = {(byte) 0xED, (byte) 0xA0, (byte) 0x80};
    assertEquals("\uFFFD\uFFFD\uFFFD", decode(false, bytes));
    assertEquals("\uFFFD\uFFFD\uFFFD", decode(true, bytes));
  }

  @Test
  void cutCharacterIsOneMarkOrOnePerByte() {
    byte[] bytes = {(byte) 0xF0, (byte) 0x9F, (byte) 0x98, 'a'};
    assertEquals("\uFFFDa", decode(false, bytes));
    assertEquals("\uFFFD\uFFFD\uFFFDa", decode(true, bytes));
  }

  private static String decode(boolean oneMarkPerByte, byte[] bytes) {
    Utf8Assembler assembler = new Utf8Assembler(oneMarkPerByte);
    StringBuilder out = new StringBuilder();
    for (byte octet : bytes) {
      assembler.accept(octet & 0xFF, out);
    }
    assembler.finish(out);
    return out.toString();
  }
}
