package io.lorikeet.engine.text.template;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/** Methods of strings about letters: upper and lower case, and what kind all characters are. */
final class StringCases {
  static final Map<String, Operation> ALL = all();

  private StringCases() {}

  private static Map<String, Operation> all() {
    Map<String, Operation> all = new HashMap<>();
    all.put("upper", changed(StringCases::upper));
    all.put("lower", changed(StringCases::lower));
    all.put("title", changed(StringCases::title));
    all.put("capitalize", changed(StringCases::capitalize));
    all.put("swapcase", changed(StringCases::swapcase));
    all.put("casefold", changed(StringCases::casefold));
    all.put("isalpha", question(Character::isLetter));
    all.put("isalnum", question(Unicode::isAlphanumeric));
    all.put("isdecimal", question(StringCases::isDecimal));
    all.put("isdigit", question(StringCases::isDigit));
    all.put("isspace", question(Unicode::isSpace));
    all.put("isascii", (a, r) -> Value.of(self(a, r).chars().allMatch(c -> c < 128)));
    all.put(
        "isprintable",
        (a, r) -> Value.of(self(a, r).codePoints().allMatch(PythonText::isPrintable)));
    all.put("isupper", (a, r) -> Value.of(isUpper(self(a, r))));
    all.put("islower", (a, r) -> Value.of(isLower(self(a, r))));
    return Map.copyOf(all);
  }

  private static String self(Arguments arguments, Render render) {
    String text = StringMethods.self(arguments.bind(1, ""));
    render.meter().chars(text.length());
    return text;
  }

  private static Operation changed(UnaryOperator<String> change) {
    return (a, r) -> Value.derived(change.apply(self(a, r)), a.first());
  }

  private static Operation question(IntPredicate all) {
    return (a, r) -> {
      String text = self(a, r);
      return Value.of(!text.isEmpty() && text.codePoints().allMatch(all));
    };
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** Every run of cased letters begins with a capital: {@code It'S}. */
  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      String letter = Character.toString(c);
      out.append(inside ? lower(letter) : titleLetter(c));
      inside = isCased(c);
    }
    return out.toString();
  }

  private static String titleLetter(int c) {
    String upper = upper(Character.toString(c));
    if (upper.length() > 1 && upper.codePointCount(0, upper.length()) > 1) {
      return upper.substring(0, 1) + lower(upper.substring(1));
    }
    return Character.toString(Character.toTitleCase(c));
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    String lower = lower(text);
    return titleLetter(first) + lower.substring(lower(Character.toString(first)).length());
  }

  private static String swapcase(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          String letter = Character.toString(c);
          out.append(
              Character.isUpperCase(c)
                  ? lower(letter)
                  : Character.isLowerCase(c) ? upper(letter) : letter);
        });
    return out.toString();
  }

  private static String casefold(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints().forEach(c -> out.append(fold(c)));
    return out.toString();
  }

  private static String fold(int c) {
    String letter = Character.toString(c);
    // Dotless i folds to itself, Cherokee to its capitals; all others by way of their capitals.
    if (c == 0x131 || (c >= 0x13a0 && c <= 0x13f5)) {
      return letter;
    }
    if ((c >= 0x13f8 && c <= 0x13fd) || (c >= 0xab70 && c <= 0xabbf)) {
      return upper(letter);
    }
    StringBuilder folded = new StringBuilder();
    upper(lower(letter)).codePoints().forEach(u -> folded.append(lower(Character.toString(u))));
    return folded.toString();
  }

  static boolean isUpper(String text) {
    return text.codePoints().anyMatch(Character::isUpperCase)
        && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  static boolean isLower(String text) {
    return text.codePoints().anyMatch(Character::isLowerCase)
        && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  private static boolean isDecimal(int c) {
    return Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER;
  }

  /** Decimal digits, superscripts, subscripts and digits in circles. */
  private static boolean isDigit(int c) {
    return isDecimal(c)
        || c == 0xb2
        || c == 0xb3
        || c == 0xb9
        || (c >= 0x1369 && c <= 0x1371)
        || c == 0x19da
        || c == 0x2070
        || (c >= 0x2074 && c <= 0x2079)
        || (c >= 0x2080 && c <= 0x2089)
        || (c >= 0x2460 && c <= 0x2468)
        || (c >= 0x2474 && c <= 0x247c)
        || (c >= 0x2488 && c <= 0x2490)
        || c == 0x24ea
        || (c >= 0x24f5 && c <= 0x24fd)
        || c == 0x24ff
        || (c >= 0x2776 && c <= 0x277e)
        || (c >= 0x2780 && c <= 0x2788)
        || (c >= 0x278a && c <= 0x2792)
        || (c >= 0x10a40 && c <= 0x10a43)
        || (c >= 0x10e60 && c <= 0x10e68)
        || (c >= 0x11052 && c <= 0x1105a)
        || (c >= 0x1f100 && c <= 0x1f10a);
  }
}
