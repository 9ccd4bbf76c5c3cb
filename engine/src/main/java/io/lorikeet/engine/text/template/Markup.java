package io.lorikeet.engine.text.template;

/** Texts that are marked as HTML, and how others are escaped to stand beside them. */
final class Markup {
  private Markup() {}

  static String escape(String text, Meter meter) {
    TextBuilder out = new TextBuilder(meter);
    int plain = 0;
    for (int i = 0; i < text.length(); i++) {
      String entity =
          switch (text.charAt(i)) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '\'' -> "&#39;";
            case '"' -> "&#34;";
            default -> "";
          };
      if (!entity.isEmpty()) {
        out.append(text.substring(plain, i)).append(entity);
        plain = i + 1;
      }
    }
    return out.append(text.substring(plain)).toString();
  }

  /** Marked texts as they are, all others printed and escaped. */
  static Value.Str escaped(Value value, Meter meter) {
    Value.Str str = PythonText.text(value, meter);
    return str.safe() ? str : Value.derived(escape(str.text(), meter), str).marked(true);
  }
}
