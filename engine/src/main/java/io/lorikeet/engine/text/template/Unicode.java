package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/** Texts as Python sees them: white space, line ends and positions by code points. */
final class Unicode {
  private Unicode() {}

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** UTF-16 index of the code point at a position that is inside or at the end. */
  static int offset(String text, int position) {
    return text.offsetByCodePoints(0, position);
  }

  static boolean isSpace(int c) {
    return (c >= 0x09 && c <= 0x0d)
        || (c >= 0x1c && c <= 0x20)
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  static boolean isLineEnd(int c) {
    return (c >= 0x0a && c <= 0x0d)
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  /** Letters, digits, numbers and the underscore: the word characters of regular expressions. */
  static boolean isWord(int c) {
    return c == '_' || isAlphanumeric(c);
  }

  static boolean isAlphanumeric(int c) {
    return Character.isLetter(c) || isNumber(c);
  }

  static boolean isNumber(int c) {
    int type = Character.getType(c);
    return type == Character.DECIMAL_DIGIT_NUMBER
        || type == Character.LETTER_NUMBER
        || type == Character.OTHER_NUMBER;
  }

  /**
   * Index of the first character that is no white space, or the length. All white-space characters
   * are single UTF-16 units, so units can be looked at one by one.
   */
  static int start(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return start;
  }

  /** Index behind the last character that is no white space, or 0. */
  static int end(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  static String stripEnd(String text) {
    return text.substring(0, end(text));
  }

  static String strip(String text) {
    int start = start(text);
    return text.substring(start, Math.max(start, end(text)));
  }

  /** Lines with or without their ends; a last line end begins no further line. */
  static List<String> lines(String text, boolean keepEnds) {
    return lineBounds(text, keepEnds).stream().map(l -> text.substring(l[0], l[1])).toList();
  }

  /** Where the lines begin and end. */
  static List<int[]> lineBounds(String text, boolean keepEnds) {
    List<int[]> lines = new ArrayList<>();
    int start = 0;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (!isLineEnd(c)) {
        i++;
        continue;
      }
      int end = i + (c == '\r' && text.startsWith("\n", i + 1) ? 2 : 1);
      lines.add(new int[] {start, keepEnds ? end : i});
      start = end;
      i = end;
    }
    if (start < text.length()) {
      lines.add(new int[] {start, text.length()});
    }
    return lines;
  }

  /** Line ends of any system become {@code \n}. */
  static String normalizeNewlines(String text) {
    return text.replace("\r\n", "\n").replace('\r', '\n');
  }
}
