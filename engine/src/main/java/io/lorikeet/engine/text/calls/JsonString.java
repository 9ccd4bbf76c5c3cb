package io.lorikeet.engine.text.calls;

import java.util.function.Consumer;

/**
 * Reads a JSON string behind its opening quote, character by character. Gives out whole code
 * points: half of a pair becomes U+FFFD.
 */
final class JsonString {
  private static final int HEX_DIGITS = 4;
  private static final int HEX = 16;
  private static final char HALF = '\ufffd';

  private boolean escaped;
  private int hexLeft;
  private int code;
  private char high;

  /**
   * Takes the next character.
   *
   * @param to gets what it stands for; unknown escapes as they are written
   * @return whether it was the closing quote
   */
  boolean accept(char c, Consumer<Character> to) {
    if (hexLeft > 0) {
      hex(c, to);
      return false;
    }
    if (escaped) {
      escape(c, to);
      return false;
    }
    if (c == '\\') {
      escaped = true;
      return false;
    }
    if (c == '"') {
      giveHalf(to);
      return true;
    }
    give(c, to);
    return false;
  }

  private void give(char c, Consumer<Character> to) {
    if (high != 0 && Character.isLowSurrogate(c)) {
      to.accept(high);
      to.accept(c);
      high = 0;
      return;
    }
    giveHalf(to);
    if (Character.isHighSurrogate(c)) {
      high = c;
    } else {
      to.accept(Character.isLowSurrogate(c) ? HALF : c);
    }
  }

  private void giveHalf(Consumer<Character> to) {
    if (high != 0) {
      to.accept(HALF);
      high = 0;
    }
  }

  private void escape(char c, Consumer<Character> to) {
    escaped = false;
    switch (c) {
      case 'n' -> give('\n', to);
      case 't' -> give('\t', to);
      case 'r' -> give('\r', to);
      case 'b' -> give('\b', to);
      case 'f' -> give('\f', to);
      case '"', '\\', '/' -> give(c, to);
      case 'u' -> {
        hexLeft = HEX_DIGITS;
        code = 0;
      }
      default -> {
        give('\\', to);
        give(c, to);
      }
    }
  }

  private void hex(char c, Consumer<Character> to) {
    int digit = Character.digit(c, HEX);
    code = code * HEX + Math.max(digit, 0);
    hexLeft--;
    if (hexLeft == 0) {
      give((char) code, to);
    }
  }
}
