package io.lorikeet.engine.text.template;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The tokens inside one tag: names, numbers, strings and operators, with brackets balanced. */
final class TagLexer {
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens;
  private final Deque<String> open = new ArrayDeque<>();
  private int at;
  private int line;

  TagLexer(String source, int at, int line, List<Token> tokens) {
    this.source = source;
    this.at = at;
    this.line = line;
    this.tokens = tokens;
  }

  int at() {
    return at;
  }

  int line() {
    return line;
  }

  boolean balanced() {
    return open.isEmpty();
  }

  void moveTo(int to) {
    for (int i = at; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    at = to;
  }

  /** Takes the token that begins here. */
  void token() {
    int c = source.codePointAt(at);
    if (c >= '0' && c <= '9') {
      number();
    } else if (Unicode.isWord(c)) {
      name();
    } else if (c == '\'' || c == '"') {
      string((char) c);
    } else {
      operator(c);
    }
  }

  private void add(Token.Kind kind, String text, int end) {
    tokens.add(new Token(kind, text, line));
    moveTo(end);
  }

  private void name() {
    int end = at;
    while (end < source.length() && Unicode.isWord(source.codePointAt(end))) {
      end += Character.charCount(source.codePointAt(end));
    }
    String name = source.substring(at, end);
    int first = name.codePointAt(0);
    boolean valid =
        (first == '_' || Character.isUnicodeIdentifierStart(first))
            && name.codePoints().allMatch(Character::isUnicodeIdentifierPart);
    if (!valid) {
      throw Fault.atLine(line, "Invalid character in identifier '" + name + "'");
    }
    add(Token.Kind.NAME, name, end);
  }

  private void number() {
    int end = floatEnd();
    if (end > 0) {
      add(Token.Kind.FLOAT, source.substring(at, end).replace("_", ""), end);
      return;
    }
    end = integerEnd();
    add(Token.Kind.INTEGER, source.substring(at, end).replace("_", ""), end);
  }

  private int floatEnd() {
    if (at > 0 && source.charAt(at - 1) == '.') {
      return -1;
    }
    int whole = digits(at, 10, true);
    int fraction = charAt(whole) == '.' ? digits(whole + 1, 10, true) : -1;
    int mantissa = fraction > whole + 1 ? fraction : whole;
    if (charAt(mantissa) == 'e' || charAt(mantissa) == 'E') {
      int sign = charAt(mantissa + 1);
      int from = mantissa + (sign == '+' || sign == '-' ? 2 : 1);
      int exponent = digits(from, 10, true);
      if (exponent > from) {
        return exponent;
      }
    }
    return mantissa > whole ? mantissa : -1;
  }

  private int integerEnd() {
    if (charAt(at) == '0') {
      int radix =
          switch (charAt(at + 1)) {
            case 'b', 'B' -> 2;
            case 'o', 'O' -> 8;
            case 'x', 'X' -> 16;
            default -> 0;
          };
      if (radix == 0) {
        return digits(at, 1, true);
      }
      int end = digits(at + 2, radix, false);
      return end > at + 2 ? end : at + 1;
    }
    return digits(at, 10, true);
  }

  /** Index behind digits that single underscores may separate (and begin, if so said). */
  private int digits(int from, int radix, boolean beginsWithDigit) {
    int i = from;
    while (true) {
      int next = charAt(i) == '_' && (i > from || !beginsWithDigit) ? i + 1 : i;
      int digit = digit(charAt(next));
      if (digit < 0 || digit >= radix) {
        return i;
      }
      i = next + 1;
    }
  }

  private static int digit(int c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }

  private int charAt(int index) {
    return index < source.length() ? source.charAt(index) : 0;
  }

  private void string(char quote) {
    for (int i = at + 1; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == quote) {
        String value = StringLiteral.value(source.substring(at + 1, i), line);
        add(Token.Kind.STRING, value, i + 1);
        return;
      }
    }
    throw Fault.atLine(line, "unexpected char " + quote + ": the string has no end");
  }

  private void operator(int c) {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        balance(operator);
        add(Token.Kind.OPERATOR, operator, at + operator.length());
        return;
      }
    }
    throw Fault.atLine(line, "unexpected char '" + Character.toString(c) + "'");
  }

  private void balance(String operator) {
    switch (operator) {
      case "(" -> open.push(")");
      case "[" -> open.push("]");
      case "{" -> open.push("}");
      case ")", "]", "}" -> {
        if (open.isEmpty()) {
          throw Fault.atLine(line, "unexpected '" + operator + "'");
        }
        String expected = open.pop();
        if (!expected.equals(operator)) {
          throw Fault.atLine(line, "unexpected '" + operator + "', expected '" + expected + "'");
        }
      }
      default -> {}
    }
  }
}
