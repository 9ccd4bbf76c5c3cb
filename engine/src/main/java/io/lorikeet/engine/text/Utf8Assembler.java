package io.lorikeet.engine.text;

/**
 * UTF-8 bytes to characters, one byte at a time. An incomplete character stays inside until it is
 * complete or can't become one any more. Differs from the JDK's decoder for encoded surrogates: no
 * byte of {@code ED A0 80} belongs to a character, so it gives three U+FFFD.
 */
final class Utf8Assembler {
  private static final char REPLACEMENT = '\uFFFD';

  private final boolean oneMarkPerByte;
  private int codePoint;
  private int seen;
  private int needed;
  private int low;
  private int high;

  /**
   * @param oneMarkPerByte true: an incomplete character gives a U+FFFD for each of its bytes;
   *     false: one U+FFFD for its longest part that could begin a character
   */
  Utf8Assembler(boolean oneMarkPerByte) {
    this.oneMarkPerByte = oneMarkPerByte;
  }

  void accept(int octet, StringBuilder out) {
    if (needed > 0) {
      if (octet >= low && octet <= high) {
        continuation(octet, out);
        return;
      }
      giveUp(out);
    }
    if (octet < 0x80) {
      out.append((char) octet);
    } else if (octet >= 0xC2 && octet <= 0xDF) {
      begin(octet & 0x1F, 1, 0x80, 0xBF);
    } else if (octet >= 0xE0 && octet <= 0xEF) {
      begin(octet & 0x0F, 2, octet == 0xE0 ? 0xA0 : 0x80, octet == 0xED ? 0x9F : 0xBF);
    } else if (octet >= 0xF0 && octet <= 0xF4) {
      begin(octet & 0x07, 3, octet == 0xF0 ? 0x90 : 0x80, octet == 0xF4 ? 0x8F : 0xBF);
    } else {
      out.append(REPLACEMENT);
    }
  }

  /** No byte follows: what is incomplete is given up. */
  void finish(StringBuilder out) {
    if (needed > 0) {
      giveUp(out);
    }
  }

  private void begin(int bits, int continuations, int firstLow, int firstHigh) {
    codePoint = bits;
    needed = continuations;
    seen = 1;
    low = firstLow;
    high = firstHigh;
  }

  private void continuation(int octet, StringBuilder out) {
    codePoint = (codePoint << 6) | (octet & 0x3F);
    low = 0x80;
    high = 0xBF;
    seen++;
    needed--;
    if (needed == 0) {
      out.appendCodePoint(codePoint);
    }
  }

  private void giveUp(StringBuilder out) {
    out.repeat(REPLACEMENT, oneMarkPerByte ? seen : 1);
    needed = 0;
  }
}
