package io.lorikeet.engine.text;

/** Spaces for replacement characters; the first token loses all of them, not only one. */
final class MetaspaceStage implements DecodeStage {
  private final String replacement;
  private final boolean dropInFirst;
  private final DecodeStage next;
  private boolean any;
  private boolean inFirst;

  MetaspaceStage(DecoderStep.Metaspace step, DecodeStage next) {
    this.replacement = Character.toString(step.replacement());
    this.dropInFirst = step.dropInFirst();
    this.next = next;
  }

  @Override
  public void begin() {
    inFirst = !any;
    any = true;
    next.begin();
  }

  @Override
  public void append(String text) {
    next.append(text.replace(replacement, inFirst && dropInFirst ? "" : " "));
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
