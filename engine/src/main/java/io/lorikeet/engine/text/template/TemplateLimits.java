package io.lorikeet.engine.text.template;

/**
 * Bounds on a template and on one rendering of it.
 *
 * @param sourceBytes longest template text, in bytes of UTF-8
 * @param steps most expressions and statements evaluated; work on long texts and lists counts too
 * @param outputBytes longest output, in bytes of UTF-8; no text in between may be longer either
 * @param sourceDepth deepest nesting of a template's text
 * @param renderDepth deepest nesting of what is evaluated, macro calls included; bounds the stack
 * @param valueDepth deepest nesting of lists and dicts
 */
public record TemplateLimits(
    int sourceBytes, int steps, int outputBytes, int sourceDepth, int renderDepth, int valueDepth) {
  public static final TemplateLimits DEFAULT =
      new TemplateLimits(256 << 10, 1_000_000, 4 << 20, 100, 1_000, 200);

  public TemplateLimits {
    positive("sourceBytes", sourceBytes);
    positive("steps", steps);
    positive("outputBytes", outputBytes);
    positive("sourceDepth", sourceDepth);
    positive("renderDepth", renderDepth);
    positive("valueDepth", valueDepth);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "`%s` must be at least 1. Given: %d".formatted(name, value));
    }
  }
}
