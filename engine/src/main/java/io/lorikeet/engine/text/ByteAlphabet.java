package io.lorikeet.engine.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The 256 printable characters that byte-level vocabularies write bytes with: printable Latin-1
 * characters stand for themselves, the other bytes for U+0100 and up, in order.
 */
final class ByteAlphabet {
  private static final short[] BYTES = new short[0x144];

  static {
    Arrays.fill(BYTES, (short) -1);
    int next = 0x100;
    for (int octet = 0; octet < 256; octet++) {
      boolean printable = (octet >= 0x21 && octet <= 0x7E) || (octet >= 0xA1 && octet != 0xAD);
      BYTES[printable ? octet : next++] = (short) octet;
    }
  }

  private ByteAlphabet() {}

  /** The bytes of a token; those of its UTF-8 form if any character is not of the alphabet. */
  static byte[] bytes(String token) {
    byte[] out = new byte[token.length()];
    for (int i = 0; i < out.length; i++) {
      char c = token.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      out[i] = (byte) BYTES[c];
    }
    return out;
  }
}
