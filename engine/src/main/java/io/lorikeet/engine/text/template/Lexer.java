package io.lorikeet.engine.text.template;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into tokens, with the white-space rules of {@code trim_blocks} and {@code
 * lstrip_blocks}: a line end after a block tag or comment is dropped, and spaces before one that
 * stands first on its line. Sources: the lexical rules of Jinja 3.1.
 */
final class Lexer {
  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private boolean lineStarts = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String source) {
    String text = Unicode.normalizeNewlines(source);
    if (text.endsWith("\n")) {
      text = text.substring(0, text.length() - 1);
    }
    Lexer lexer = new Lexer(text);
    lexer.run();
    return List.copyOf(lexer.tokens);
  }

  private void run() {
    int begin = nextBegin();
    while (begin >= 0) {
      int rawEnd = rawBegin(begin);
      char sign = signAt(begin + 2);
      data(begin, sign, source.charAt(begin + 1) != '{');
      if (rawEnd >= 0) {
        move(rawEnd);
        raw();
      } else {
        move(begin + (sign == 0 ? 2 : 3));
        switch (source.charAt(begin + 1)) {
          case '#' -> comment();
          case '%' -> tag(Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END);
          default -> tag(Token.Kind.PRINT_BEGIN, Token.Kind.PRINT_END);
        }
      }
      begin = nextBegin();
    }
    data(source.length(), '+', false);
    tokens.add(new Token(Token.Kind.END, "", line));
  }

  private int nextBegin() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      char next = i + 1 < source.length() ? source.charAt(i + 1) : 0;
      if (next == '{' || next == '%' || next == '#') {
        return i;
      }
    }
    return -1;
  }

  private char signAt(int index) {
    char c = index < source.length() ? source.charAt(index) : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  /** The text up to a tag, without the white space that the tag takes from its end. */
  private void data(int end, char sign, boolean takesIndent) {
    String text = source.substring(at, end);
    if (sign == '-') {
      text = Unicode.stripEnd(text);
    } else if (sign == 0 && takesIndent) {
      int lineBegin = text.lastIndexOf('\n') + 1;
      if ((lineBegin > 0 || lineStarts) && Unicode.strip(text.substring(lineBegin)).isEmpty()) {
        text = text.substring(0, lineBegin);
      }
    }
    if (!text.isEmpty()) {
      tokens.add(new Token(Token.Kind.DATA, text, line));
    }
    move(end);
  }

  /** Goes on to an index, counting lines. */
  private void move(int to) {
    for (int i = at; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    at = to;
  }

  private int skipSpaces(int from) {
    int i = from;
    while (i < source.length() && Unicode.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Index behind a tag's end after which white space is treated as its sign says; -1 if none. */
  private int endOf(String close, int from, boolean plus, boolean newline) {
    if (source.startsWith("-" + close, from)) {
      return skipSpaces(from + 3);
    }
    if (plus && source.startsWith("+" + close, from)) {
      return from + 3;
    }
    if (source.startsWith(close, from)) {
      return from + (newline && source.startsWith("\n", from + 2) ? 3 : 2);
    }
    return -1;
  }

  private void close(int end) {
    move(end);
    lineStarts = source.charAt(end - 1) == '\n';
  }

  private void comment() {
    int begun = line;
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw Fault.atLine(begun, "Missing end of comment tag");
    }
    int from = end > at && signAt(end - 1) != 0 ? end - 1 : end;
    close(endOf("#}", from, true, true));
  }

  private int rawBegin(int begin) {
    int name = named("raw", begin);
    return name < 0 ? -1 : endOf("%}", skipSpaces(name), false, false);
  }

  /** Index behind a block tag's name if a block tag of this name begins here, else -1. */
  private int named(String name, int begin) {
    if (!source.startsWith("{%", begin)) {
      return -1;
    }
    int i = skipSpaces(begin + (signAt(begin + 2) == 0 ? 2 : 3));
    return source.startsWith(name, i) ? i + name.length() : -1;
  }

  private void raw() {
    lineStarts = source.charAt(at - 1) == '\n';
    int begun = line;
    for (int i = source.indexOf("{%", at); i >= 0; i = source.indexOf("{%", i + 1)) {
      int name = named("endraw", i);
      int end = name < 0 ? -1 : endOf("%}", skipSpaces(name), true, true);
      if (end >= 0) {
        data(i, signAt(i + 2), true);
        close(end);
        return;
      }
    }
    throw Fault.atLine(begun, "Missing end of raw directive");
  }

  private void tag(Token.Kind begin, Token.Kind end) {
    tokens.add(new Token(begin, "", line));
    TagLexer inside = new TagLexer(source, at, line, tokens);
    boolean block = end == Token.Kind.BLOCK_END;
    while (true) {
      int next = skipSpaces(inside.at());
      inside.moveTo(next);
      if (next == source.length()) {
        at = next;
        line = inside.line();
        return;
      }
      int closed = inside.balanced() ? endOf(block ? "%}" : "}}", next, block, block) : -1;
      if (closed >= 0) {
        at = next;
        line = inside.line();
        tokens.add(new Token(end, "", line));
        close(closed);
        return;
      }
      inside.token();
    }
  }
}
