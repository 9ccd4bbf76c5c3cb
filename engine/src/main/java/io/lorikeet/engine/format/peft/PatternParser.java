package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Parses Python's regular expressions. What Python refuses is invalid here too; back references,
 * conditions, atomic groups and possessive quantifiers, which no finite automaton can follow, are
 * refused by name. Source: Python 3.11, the {@code re} module.
 */
final class PatternParser {
  private static final int DEPTH_MAX = 64;
  private static final int COUNT_MAX = 10_000;

  private final String field;
  private final int[] text;
  private final Set<String> groupNames = new HashSet<>();
  private int at;
  private int depth;

  PatternParser(String field, String pattern) {
    this.field = field;
    this.text = pattern.codePoints().toArray();
  }

  /**
   * Parses the whole pattern.
   *
   * @throws LorikeetException ADAPTER_CONFIG_INVALID, ADAPTER_FIELD_UNSUPPORTED,
   *     ADAPTER_PATTERN_TOO_SLOW
   */
  PatternNode parse() {
    boolean ignoreCase = false;
    while (lookingAt("(?") && at + 2 < text.length && "aiLmsux".indexOf(text[at + 2]) >= 0) {
      int begin = at;
      at += 2;
      boolean flags = flags(ignoreCase);
      if (!eat(')')) {
        at = begin;
        break;
      }
      ignoreCase = flags;
    }
    PatternNode node = choice(ignoreCase);
    if (at < text.length) {
      throw invalid("a `)` closes no group");
    }
    return node;
  }

  private PatternNode choice(boolean ignoreCase) {
    List<PatternNode> options = new ArrayList<>();
    options.add(sequence(ignoreCase));
    while (eat('|')) {
      options.add(sequence(ignoreCase));
    }
    return options.size() == 1 ? options.getFirst() : new PatternNode.Choice(options);
  }

  private PatternNode sequence(boolean ignoreCase) {
    List<PatternNode> parts = new ArrayList<>();
    skipComments();
    while (at < text.length && text[at] != '|' && text[at] != ')') {
      PatternNode atom = atom(ignoreCase);
      skipComments();
      parts.add(quantified(atom));
      skipComments();
    }
    return new PatternNode.Sequence(parts);
  }

  private record Bounds(int least, int most, int end) {}

  private PatternNode quantified(PatternNode atom) {
    Optional<Bounds> found = bounds();
    if (found.isEmpty()) {
      return atom;
    }
    if (atom instanceof PatternNode.Anchor) {
      throw invalid("a quantifier follows nothing that can repeat");
    }
    Bounds bounds = found.get();
    at = bounds.end;
    if (!eat('?') && eat('+')) {
      throw unsupported("a possessive quantifier");
    }
    skipComments();
    if (bounds().isPresent()) {
      throw invalid("a quantifier follows a quantifier");
    }
    return new PatternNode.Repeat(atom, bounds.least, bounds.most);
  }

  /** The quantifier that stands here; braces that are none are plain characters. */
  private Optional<Bounds> bounds() {
    return switch (peek()) {
      case '*' -> Optional.of(new Bounds(0, PatternNode.UNBOUNDED, at + 1));
      case '+' -> Optional.of(new Bounds(1, PatternNode.UNBOUNDED, at + 1));
      case '?' -> Optional.of(new Bounds(0, 1, at + 1));
      case '{' -> braces();
      default -> Optional.empty();
    };
  }

  private Optional<Bounds> braces() {
    int begin = at++;
    OptionalInt least = count();
    boolean range = eat(',');
    OptionalInt most = range ? count() : least;
    boolean closed = eat('}');
    int end = at;
    at = begin;
    if (!closed || (!range && least.isEmpty())) {
      return Optional.empty();
    }
    Bounds bounds = new Bounds(least.orElse(0), most.orElse(PatternNode.UNBOUNDED), end);
    if (most.isPresent() && bounds.most < bounds.least) {
      throw invalid("a quantifier's bounds descend");
    }
    return Optional.of(bounds);
  }

  private OptionalInt count() {
    int begin = at;
    long value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = Math.min(value * 10 + (text[at++] - '0'), COUNT_MAX + 1);
    }
    if (value > COUNT_MAX) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_PATTERN_TOO_SLOW,
          "adapter_config.json: a pattern of `%s` must repeat at most %d times"
              .formatted(field, COUNT_MAX));
    }
    return at == begin ? OptionalInt.empty() : OptionalInt.of((int) value);
  }

  private PatternNode atom(boolean ignoreCase) {
    if (bounds().isPresent()) {
      throw invalid("a quantifier follows nothing that can repeat");
    }
    int c = text[at++];
    return switch (c) {
      case '.' -> new PatternNode.Chars(CharSet.ANY);
      case '^' -> PatternNode.Anchor.START;
      case '$' -> PatternNode.Anchor.END;
      case '(' -> group(ignoreCase);
      case '[' -> new PatternNode.Chars(set(ignoreCase));
      case '\\' -> escaped(ignoreCase);
      default -> literal(c, ignoreCase);
    };
  }

  private PatternNode literal(int c, boolean ignoreCase) {
    return new PatternNode.Chars(cased(CharSet.range(c, c), c, ignoreCase));
  }

  // Two letters outside ASCII fold to k and s, which nobody means.
  private CharSet cased(CharSet set, int last, boolean ignoreCase) {
    if (ignoreCase && last > 127) {
      throw unsupported("a letter outside ASCII whose case is ignored");
    }
    return ignoreCase ? set.bothCases() : set;
  }

  private PatternNode group(boolean ignoreCase) {
    if (++depth > DEPTH_MAX) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_PATTERN_TOO_SLOW,
          "adapter_config.json: a pattern of `%s` must nest at most %d groups"
              .formatted(field, DEPTH_MAX));
    }
    PatternNode node = eat('?') ? extension(ignoreCase) : body(ignoreCase);
    depth--;
    return node;
  }

  private PatternNode body(boolean ignoreCase) {
    PatternNode node = choice(ignoreCase);
    if (!eat(')')) {
      throw invalid("a group is not closed");
    }
    // Not an anchor any more: a group of one may be repeated.
    return node instanceof PatternNode.Sequence ? node : new PatternNode.Sequence(List.of(node));
  }

  private PatternNode extension(boolean ignoreCase) {
    if (eat(':')) {
      return body(ignoreCase);
    }
    if (eat('=')) {
      return new PatternNode.Look(body(ignoreCase), OptionalInt.empty(), false);
    }
    if (eat('!')) {
      return new PatternNode.Look(body(ignoreCase), OptionalInt.empty(), true);
    }
    if (eat('<')) {
      return lookBehind(ignoreCase);
    }
    if (eat('P')) {
      return named(ignoreCase);
    }
    if (eat('>')) {
      throw unsupported("an atomic group");
    }
    if (eat('(')) {
      throw unsupported("a condition");
    }
    boolean inner = flags(ignoreCase);
    if (!eat(':')) {
      throw invalid("a group's extension is not known");
    }
    return body(inner);
  }

  private PatternNode lookBehind(boolean ignoreCase) {
    boolean negative = peek() == '!';
    if (!eat('=') && !eat('!')) {
      throw invalid("`(?<` must go on with `=` or `!`");
    }
    PatternNode body = body(ignoreCase);
    OptionalInt width = body.width();
    if (width.isEmpty()) {
      throw invalid("a lookbehind must have one width");
    }
    return new PatternNode.Look(body, width, negative);
  }

  private PatternNode named(boolean ignoreCase) {
    if (eat('=')) {
      throw unsupported("a back reference");
    }
    if (!eat('<')) {
      throw invalid("`(?P` must go on with `<` or `=`");
    }
    StringBuilder name = new StringBuilder();
    while (at < text.length && text[at] != '>') {
      name.appendCodePoint(text[at++]);
    }
    if (!eat('>') || !isName(name) || !groupNames.add(name.toString())) {
      throw invalid("a group's name must be an identifier that is used once");
    }
    return body(ignoreCase);
  }

  private static boolean isName(CharSequence name) {
    return !name.isEmpty()
        && name.chars().allMatch(c -> c < 128 && CharSet.WORD.has((char) c))
        && !CharSet.DIGITS.has(name.charAt(0));
  }

  /** Reads flags up to what ends them; of those only the case matters to paths. */
  private boolean flags(boolean ignoreCase) {
    boolean on = true;
    boolean result = ignoreCase;
    int begin = at;
    for (; at < text.length; at++) {
      switch (text[at]) {
        case 'i' -> result = on;
        case 'm', 's' -> {}
        case 'a', 'u' -> {
          if (!on) {
            throw invalid("a flag cannot be taken away");
          }
        }
        case 'x' -> {
          if (on) {
            throw unsupported("the flag x");
          }
        }
        case '-' -> {
          if (!on) {
            throw invalid("flags are taken away twice");
          }
          on = false;
        }
        default -> {
          if (at == begin || text[at - 1] == '-') {
            throw invalid("a group's extension is not known");
          }
          return result;
        }
      }
    }
    throw invalid("a group is not closed");
  }

  private PatternNode escaped(boolean ignoreCase) {
    Optional<PatternNode> anchor =
        switch (peek()) {
          case 'A' -> Optional.of(PatternNode.Anchor.START);
          case 'Z' -> Optional.of(PatternNode.Anchor.END);
          case 'b' -> Optional.of(PatternNode.Anchor.WORD_EDGE);
          case 'B' -> Optional.of(PatternNode.Anchor.NO_WORD_EDGE);
          default -> Optional.empty();
        };
    if (anchor.isPresent()) {
      at++;
      return anchor.get();
    }
    if (peek() >= '1' && peek() <= '9' && !isOctal(3)) {
      throw unsupported("a back reference");
    }
    PatternEscape escape = PatternEscape.read(text, at, this::invalid, this::unsupported);
    at = escape.end();
    return escape.code() < 0
        ? new PatternNode.Chars(escape.set())
        : literal(escape.code(), ignoreCase);
  }

  private boolean isOctal(int digits) {
    for (int i = at; i < at + digits; i++) {
      if (i >= text.length || text[i] < '0' || text[i] > '7') {
        return false;
      }
    }
    return true;
  }

  private CharSet set(boolean ignoreCase) {
    boolean negative = eat('^');
    CharSet set = CharSet.NONE;
    for (boolean first = true; first || peek() != ']'; first = false) {
      PatternEscape low = setItem();
      PatternEscape high = low;
      if (peek() == '-' && at + 1 < text.length && text[at + 1] != ']') {
        at++;
        high = setItem();
        if (low.code() < 0 || high.code() < low.code()) {
          throw invalid("a range of characters must ascend");
        }
      }
      set =
          set.or(
              low.code() < 0
                  ? low.set()
                  : cased(CharSet.range(low.code(), high.code()), high.code(), ignoreCase));
    }
    at++;
    return negative ? set.not() : set;
  }

  private PatternEscape setItem() {
    if (at >= text.length) {
      throw invalid("a set of characters is not closed");
    }
    int c = text[at++];
    if (c != '\\') {
      return PatternEscape.of(c, at);
    }
    if (peek() == 'b') {
      return PatternEscape.of('\b', ++at);
    }
    PatternEscape escape = PatternEscape.read(text, at, this::invalid, this::unsupported);
    at = escape.end();
    return escape;
  }

  private void skipComments() {
    while (lookingAt("(?#")) {
      while (at < text.length && text[at] != ')') {
        at++;
      }
      if (!eat(')')) {
        throw invalid("a comment is not closed");
      }
    }
  }

  /** The character that stands here, or -1 at the end. */
  private int peek() {
    return at < text.length ? text[at] : -1;
  }

  private boolean eat(int c) {
    if (peek() != c) {
      return false;
    }
    at++;
    return true;
  }

  private boolean lookingAt(String what) {
    for (int i = 0; i < what.length(); i++) {
      if (at + i >= text.length || text[at + i] != what.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private LorikeetException invalid(String why) {
    return new LorikeetException(
        ErrorCode.ADAPTER_CONFIG_INVALID,
        "adapter_config.json: a pattern of `%s` is not valid: %s, at character %d"
            .formatted(field, why, at));
  }

  private LorikeetException unsupported(String what) {
    return new LorikeetException(
        ErrorCode.ADAPTER_FIELD_UNSUPPORTED,
        "adapter_config.json: a pattern of `%s` has %s, which is not supported, at character %d"
            .formatted(field, what, at));
  }
}
