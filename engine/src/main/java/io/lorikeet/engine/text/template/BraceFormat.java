package io.lorikeet.engine.text.template;

/** The {@code format} method of strings: replacement fields in braces, attributes sandboxed. */
final class BraceFormat {
  private final Arguments arguments;
  private final Render render;
  // Next automatic position; -1 once positions are written out.
  private int automatic;
  private boolean anyAutomatic;

  private BraceFormat(Arguments arguments, Render render) {
    this.arguments = arguments;
    this.render = render;
  }

  static Value format(Arguments arguments, Render render) {
    if (!(arguments.first() instanceof Value.Str(String format, boolean safe, var _))) {
      throw Fault.of("str.format needs a string");
    }
    if (safe) {
      throw Fault.of("`format` of a marked string is not supported");
    }
    BraceFormat run = new BraceFormat(arguments.drop(1), render);
    TextBuilder out = new TextBuilder(render.meter());
    run.expand(format, out, 2);
    Value.Str whole = out.str();
    return arguments.first() instanceof Value.Str given && given.origin().isTemplate()
        ? whole
        : Value.given(whole.text());
  }

  private void expand(String format, TextBuilder out, int depth) {
    if (depth < 0) {
      throw Fault.of("Max string recursion exceeded");
    }
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c != '{' && c != '}') {
        out.append(c);
      } else if (format.startsWith(String.valueOf(c), at)) {
        out.append(c);
        at++;
      } else if (c == '}') {
        throw Fault.of("Single '}' encountered in format string");
      } else {
        int end = closing(format, at);
        field(format.substring(at, end), out, depth);
        at = end + 1;
      }
    }
  }

  private static int closing(String format, int from) {
    int open = 1;
    for (int i = from; i < format.length(); i++) {
      open += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
      if (open == 0) {
        return i;
      }
    }
    throw Fault.of("expected '}' before end of string");
  }

  private void field(String field, TextBuilder out, int depth) {
    int nameEnd = 0;
    int brackets = 0;
    while (nameEnd < field.length()) {
      char c = field.charAt(nameEnd);
      brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
      if (brackets <= 0 && (c == ':' || c == '!')) {
        break;
      }
      nameEnd++;
    }
    Value value = lookup(field.substring(0, nameEnd));
    int specBegin = nameEnd;
    if (field.startsWith("!", nameEnd)) {
      if (nameEnd + 1 >= field.length()) {
        throw Fault.of("end of string while looking for conversion specifier");
      }
      value = converted(value, field.charAt(nameEnd + 1));
      specBegin = nameEnd + 2;
    }
    if (specBegin < field.length() && field.charAt(specBegin) != ':') {
      throw Fault.of("expected ':' after conversion specifier");
    }
    TextBuilder spec = new TextBuilder(render.meter());
    if (specBegin < field.length()) {
      expand(field.substring(specBegin + 1), spec, depth - 1);
    }
    out.append(FormatSpec.format(value, spec.str(), render.meter()));
  }

  private Value converted(Value value, char conversion) {
    return switch (conversion) {
      case 's' -> render.str(value).marked(false);
      case 'r' -> Value.derived(PythonText.repr(value, render.meter()), value);
      default -> throw Fault.of("the conversion !" + conversion + " is not supported");
    };
  }

  private Value lookup(String name) {
    int end = 0;
    while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
      end++;
    }
    Value value = first(name.substring(0, end));
    while (end < name.length()) {
      if (name.charAt(end) == '.') {
        int from = end + 1;
        end = from;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
          end++;
        }
        value = Attributes.dot(value, name.substring(from, end));
      } else {
        int close = name.indexOf(']', end);
        if (name.charAt(end) != '[' || close < 0) {
          throw Fault.of("a malformed field name in a format string");
        }
        String key = name.substring(end + 1, close);
        value =
            Attributes.brackets(value, isNumber(key) ? Value.of(number(key)) : Value.literal(key));
        end = close + 1;
      }
    }
    return value;
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static long number(String digits) {
    if (digits.length() > 9) {
      throw Fault.of("too many decimal digits in a format string");
    }
    return Long.parseLong(digits);
  }

  private Value first(String name) {
    if (name.isEmpty() || isNumber(name)) {
      long position = name.isEmpty() ? automatic() : manual(number(name));
      if (position >= arguments.positional().size()) {
        throw Fault.of("Replacement index " + position + " out of range for positional args tuple");
      }
      return arguments.positional().get((int) position);
    }
    Value value = arguments.named().get(name);
    if (value == null) {
      throw Fault.of("the format's key '" + name + "' is missing");
    }
    return value;
  }

  private long automatic() {
    if (automatic < 0) {
      throw Fault.of("cannot switch from manual field specification to automatic field numbering");
    }
    anyAutomatic = true;
    return automatic++;
  }

  private long manual(long position) {
    if (anyAutomatic) {
      throw Fault.of("cannot switch from automatic field numbering to manual field specification");
    }
    automatic = -1;
    return position;
  }
}
