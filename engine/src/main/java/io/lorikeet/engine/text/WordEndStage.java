package io.lorikeet.engine.text;

/** A token with the suffix waits for the next one, which shows whether a space follows. */
final class WordEndStage implements DecodeStage {
  private final String suffix;
  private final DecodeStage next;
  private String held = "";

  WordEndStage(DecoderStep.WordEnd step, DecodeStage next) {
    this.suffix = step.suffix();
    this.next = next;
  }

  @Override
  public void begin() {
    release(" ");
  }

  @Override
  public void append(String token) {
    if (token.contains(suffix)) {
      held = token;
    } else {
      pass(token);
    }
  }

  @Override
  public void end() {}

  @Override
  public void finish() {
    release("");
    next.finish();
  }

  private void release(String space) {
    if (!held.isEmpty()) {
      pass(held.replace(suffix, space));
      held = "";
    }
  }

  private void pass(String token) {
    next.begin();
    next.append(token);
    next.end();
  }
}
