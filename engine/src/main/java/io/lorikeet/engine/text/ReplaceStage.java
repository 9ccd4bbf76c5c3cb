package io.lorikeet.engine.text;

/** Replaces inside whole tokens, or single characters inside fragments of tokens. */
final class ReplaceStage implements DecodeStage {
  private final DecoderStep.Replace step;
  private final DecodeStage next;

  ReplaceStage(DecoderStep.Replace step, DecodeStage next) {
    this.step = step;
    this.next = next;
  }

  @Override
  public void begin() {
    next.begin();
  }

  @Override
  public void append(String text) {
    next.append(text.replace(step.pattern(), step.content()));
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
