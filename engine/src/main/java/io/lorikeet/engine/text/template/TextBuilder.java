package io.lorikeet.engine.text.template;

/** A text in the making that stops at the meter's limit instead of at the end of memory. */
final class TextBuilder {
  private static final int CHARGED_AT_ONCE = 4_096;

  private final StringBuilder text = new StringBuilder();
  private final Origin.Builder origin = new Origin.Builder();
  private final Meter meter;
  private long uncharged;

  TextBuilder(Meter meter) {
    this.meter = meter;
  }

  /** Text with its origin. */
  TextBuilder append(Value.Str more) {
    origin.add(more.origin(), text.length());
    return append(more.text());
  }

  /** Text of the template, or of no known place: see {@link #toString()}. */
  TextBuilder append(String more) {
    grow(more.length());
    text.append(more);
    return this;
  }

  TextBuilder append(char more) {
    grow(1);
    text.append(more);
    return this;
  }

  TextBuilder appendCodePoint(int more) {
    grow(2);
    text.appendCodePoint(more);
    return this;
  }

  TextBuilder repeat(String piece, long times) {
    if (times > 0 && !piece.isEmpty()) {
      meter.checkLength(times);
      grow(times * piece.length());
      text.repeat(piece, (int) times);
    }
    return this;
  }

  private void grow(long more) {
    meter.checkLength(text.length() + more);
    uncharged += more;
    if (uncharged >= CHARGED_AT_ONCE) {
      meter.chars(uncharged);
      uncharged = 0;
    }
  }

  /** What was appended, unmarked, each part with its origin. */
  Value.Str str() {
    return new Value.Str(text.toString(), false, origin.build());
  }

  /** The text alone, for those who know its origin themselves. */
  @Override
  public String toString() {
    return text.toString();
  }
}
