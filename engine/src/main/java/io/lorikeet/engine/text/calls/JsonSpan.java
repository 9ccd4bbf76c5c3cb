package io.lorikeet.engine.text.calls;

/**
 * Finds the end of one JSON value, without checking more of it than that needs: brackets, strings,
 * and characters that stand nowhere outside of strings.
 */
final class JsonSpan {
  /** What a character is to the value. */
  enum Part {
    /** It belongs to the value, which goes on. */
    INNER,
    /** It is the value's last one. */
    LAST,
    /** The value ended before it. */
    BEYOND,
    /** It can't stand there; the value is broken. */
    WRONG
  }

  private int depth;
  private boolean begun;
  private boolean inString;
  private boolean escaped;

  Part accept(char c) {
    if (inString) {
      return inString(c);
    }
    boolean first = !begun;
    begun = true;
    return switch (c) {
      case '"' -> {
        inString = true;
        yield first || depth > 0 ? Part.INNER : Part.BEYOND;
      }
      case '{', '[' -> {
        depth++;
        yield first || depth > 1 ? Part.INNER : Part.BEYOND;
      }
      case '}', ']' -> closed(first);
      case ',', ':', ' ', '\t', '\n', '\r' -> outside(first);
      default ->
          isScalar(c) ? Part.INNER : outside(first) == Part.BEYOND ? Part.BEYOND : Part.WRONG;
    };
  }

  private Part inString(char c) {
    if (escaped) {
      escaped = false;
    } else if (c == '\\') {
      escaped = true;
    } else if (c == '"') {
      inString = false;
      return depth == 0 ? Part.LAST : Part.INNER;
    }
    return Part.INNER;
  }

  private Part closed(boolean first) {
    if (first) {
      return Part.WRONG;
    }
    if (depth == 0) {
      return Part.BEYOND;
    }
    depth--;
    return depth == 0 ? Part.LAST : Part.INNER;
  }

  private Part outside(boolean first) {
    if (first) {
      return Part.WRONG;
    }
    return depth == 0 ? Part.BEYOND : Part.INNER;
  }

  private static boolean isScalar(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || c == '-'
        || c == '+'
        || c == '.';
  }
}
