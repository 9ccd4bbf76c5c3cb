package io.lorikeet.engine.text.template;

/**
 * The budget of one rendering: steps, nesting, length of texts. Long texts and lists are charged as
 * steps too, so that a few steps cannot stand for much work or memory.
 */
final class Meter {
  private static final int CHARS_A_STEP = 64;
  private static final int ITEMS_A_STEP = 8;
  private static final int FAR = 8;

  private final TemplateLimits limits;
  private long steps;
  private int depth;
  private int line = 1;

  Meter(TemplateLimits limits) {
    this.limits = limits;
  }

  TemplateLimits limits() {
    return limits;
  }

  void at(int line) {
    this.line = line;
  }

  int line() {
    return line;
  }

  void step() {
    charge(1);
  }

  /** Enters an expression or statement. */
  void enter() {
    enter(1);
  }

  /** Enters what takes more of the Java stack: macros, and filters inside of each other. */
  void enterFar() {
    enter(FAR);
  }

  void leaveFar() {
    depth -= FAR;
  }

  private void enter(int levels) {
    step();
    depth += levels;
    if (depth > limits.renderDepth()) {
      throw Fault.of(
          "nesting must be at most %d deep while rendering; is there an endless recursion?"
              .formatted(limits.renderDepth()));
    }
  }

  void leave() {
    depth--;
  }

  /** A text of so many UTF-16 units is about to be made or read. */
  void chars(long chars) {
    checkLength(chars);
    charge(chars / CHARS_A_STEP);
  }

  void checkLength(long chars) {
    if (chars > limits.outputBytes()) {
      throw Fault.of(
          "a text must have at most %d bytes. Given: at least %d"
              .formatted(limits.outputBytes(), chars));
    }
  }

  /** A list of so many values is about to be made or read. */
  void items(long items) {
    charge(items / ITEMS_A_STEP);
  }

  void checkValueDepth(int nesting) {
    if (nesting > limits.valueDepth()) {
      throw Fault.of("a value must be at most %d levels deep".formatted(limits.valueDepth()));
    }
  }

  private void charge(long more) {
    steps += more;
    if (steps > limits.steps()) {
      throw Fault.of("rendering must take at most %d steps".formatted(limits.steps()));
    }
  }
}
