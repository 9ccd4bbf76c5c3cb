package io.lorikeet.engine.text.template;

/** The value of a string literal: Python's escapes, unknown ones left as they are. */
final class StringLiteral {
  private final String body;
  private final int line;
  private final StringBuilder value = new StringBuilder();
  private int at;

  private StringLiteral(String body, int line) {
    this.body = body;
    this.line = line;
  }

  /**
   * @param body between the quotes
   */
  static String value(String body, int line) {
    return body.indexOf('\\') < 0 ? body : new StringLiteral(body, line).read();
  }

  private String read() {
    while (at < body.length()) {
      char c = body.charAt(at++);
      if (c == '\\') {
        escape();
      } else {
        value.append(c);
      }
    }
    return value.toString();
  }

  private void escape() {
    int c = body.codePointAt(at);
    at += Character.charCount(c);
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> value.append((char) c);
      case 'a' -> value.append('\u0007');
      case 'b' -> value.append('\b');
      case 'f' -> value.append('\f');
      case 'n' -> value.append('\n');
      case 'r' -> value.append('\r');
      case 't' -> value.append('\t');
      case 'v' -> value.append('\u000b');
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      case 'N' -> named();
      case '0', '1', '2', '3', '4', '5', '6', '7' -> octal();
      default -> unknown(c);
    }
  }

  private void hex(int digits) {
    int end = at + digits;
    if (end > body.length() || !body.substring(at, end).chars().allMatch(StringLiteral::isHex)) {
      throw Fault.atLine(line, "a string has an escape with too few hexadecimal digits");
    }
    long code = Long.parseLong(body.substring(at, end), 16);
    if (code > Character.MAX_CODE_POINT || (code >= 0xd800 && code <= 0xdfff)) {
      throw Fault.atLine(line, "a string has an escape that is no character");
    }
    value.appendCodePoint((int) code);
    at = end;
  }

  private static boolean isHex(int c) {
    return c < 128 && Character.digit(c, 16) >= 0;
  }

  private void named() {
    int end = body.startsWith("{", at) ? body.indexOf('}', at) : -1;
    if (end < 0) {
      throw Fault.atLine(line, "a string has a malformed \\N escape");
    }
    try {
      value.appendCodePoint(Character.codePointOf(body.substring(at + 1, end)));
    } catch (IllegalArgumentException e) {
      throw Fault.atLine(line, "a string has an unknown character name in \\N");
    }
    at = end + 1;
  }

  private void octal() {
    int end = at;
    while (end < body.length()
        && end < at + 2
        && body.charAt(end) >= '0'
        && body.charAt(end) <= '7') {
      end++;
    }
    value.appendCodePoint(Integer.parseInt(body.substring(at - 1, end), 8));
    at = end;
  }

  /** Jinja writes other characters than ASCII as escapes first, so a backslash keeps them so. */
  private void unknown(int c) {
    value.append('\\');
    if (c < 128) {
      value.append((char) c);
    } else {
      value.append(
          c < 0x100
              ? "x%02x".formatted(c)
              : c < 0x10000 ? "u%04x".formatted(c) : "U%08x".formatted(c));
    }
  }
}
