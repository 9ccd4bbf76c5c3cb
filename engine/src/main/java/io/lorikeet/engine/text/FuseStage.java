package io.lorikeet.engine.text;

/** All tokens are one token for the next stage. */
final class FuseStage implements DecodeStage {
  private final DecodeStage next;
  private boolean begun;

  FuseStage(DecodeStage next) {
    this.next = next;
  }

  @Override
  public void begin() {
    if (!begun) {
      begun = true;
      next.begin();
    }
  }

  @Override
  public void append(String text) {
    next.append(text);
  }

  @Override
  public void end() {}

  @Override
  public void finish() {
    if (begun) {
      next.end();
    }
    next.finish();
  }
}
