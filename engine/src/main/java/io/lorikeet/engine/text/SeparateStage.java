package io.lorikeet.engine.text;

/** A space between any two tokens. */
final class SeparateStage implements DecodeStage {
  private final DecodeStage next;
  private boolean any;

  SeparateStage(DecodeStage next) {
    this.next = next;
  }

  @Override
  public void begin() {
    next.begin();
    if (any) {
      next.append(" ");
    }
    any = true;
  }

  @Override
  public void append(String text) {
    next.append(text);
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
