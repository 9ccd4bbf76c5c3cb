package io.lorikeet.engine.text;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;

/** The check that a Java string is a sequence of Unicode characters; JSON can carry others. */
final class Surrogates {
  private Surrogates() {}

  /**
   * @throws LorikeetException REQUEST_INVALID naming the position, in UTF-16 units
   */
  static void rejectUnpaired(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "Text must not hold unpaired surrogates. Given: U+%04X at position %d"
              .formatted((int) c, i));
    }
  }
}
