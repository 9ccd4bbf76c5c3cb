package io.lorikeet.engine.text;

/** Takes characters off both ends of a token; those that may be its last ones are held back. */
final class StripStage implements DecodeStage {
  private final DecoderStep.Strip step;
  private final DecodeStage next;
  private int dropAtStart;
  private int held;

  StripStage(DecoderStep.Strip step, DecodeStage next) {
    this.step = step;
    this.next = next;
  }

  @Override
  public void begin() {
    dropAtStart = step.start();
    held = 0;
    next.begin();
  }

  @Override
  public void append(String text) {
    int from = 0;
    while (dropAtStart > 0 && from < text.length()) {
      if (text.codePointAt(from) != step.content()) {
        dropAtStart = 0;
        break;
      }
      dropAtStart--;
      from += Character.charCount(step.content());
    }
    String rest = text.substring(from);
    if (step.stop() > 0) {
      rest = withoutPossibleEnd(rest);
    }
    if (!rest.isEmpty()) {
      next.append(rest);
    }
  }

  private String withoutPossibleEnd(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          if (c != step.content()) {
            out.repeat(step.content(), held).appendCodePoint(c);
            held = 0;
          } else if (held < step.stop()) {
            held++;
          } else {
            out.appendCodePoint(c);
          }
        });
    return out.toString();
  }

  @Override
  public void end() {
    next.end();
  }

  @Override
  public void finish() {
    next.finish();
  }
}
