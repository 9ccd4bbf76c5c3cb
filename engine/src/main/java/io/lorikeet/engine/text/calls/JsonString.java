package io.lorikeet.engine.text.calls;

import java.util.function.Consumer;

/** Reads a JSON string behind its opening quote, character by character. */
final class JsonString {
  private static final int HEX_DIGITS = 4;
  private static final int HEX = 16;

  private boolean escaped;
  private int hexLeft;
  private int code;

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
      return true;
    }
    to.accept(c);
    return false;
  }

  private void escape(char c, Consumer<Character> to) {
    escaped = false;
    switch (c) {
      case 'n' -> to.accept('\n');
      case 't' -> to.accept('\t');
      case 'r' -> to.accept('\r');
      case 'b' -> to.accept('\b');
      case 'f' -> to.accept('\f');
      case '"', '\\', '/' -> to.accept(c);
      case 'u' -> {
        hexLeft = HEX_DIGITS;
        code = 0;
      }
      default -> {
        to.accept('\\');
        to.accept(c);
      }
    }
  }

  private void hex(char c, Consumer<Character> to) {
    int digit = Character.digit(c, HEX);
    code = code * HEX + Math.max(digit, 0);
    hexLeft--;
    if (hexLeft == 0) {
      to.accept((char) code);
    }
  }
}
