package io.lorikeet.engine.text;

/** All tokens are one run of bytes, and that is one token for the next stage. */
final class ByteLevelStage implements DecodeStage {
  private final DecodeStage next;
  private final Utf8Assembler characters = new Utf8Assembler(false);
  private final StringBuilder ready = new StringBuilder();
  private boolean begun;

  ByteLevelStage(DecodeStage next) {
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
    for (byte octet : ByteAlphabet.bytes(text)) {
      characters.accept(octet & 0xFF, ready);
    }
    passOn();
  }

  @Override
  public void end() {}

  @Override
  public void finish() {
    characters.finish(ready);
    passOn();
    if (begun) {
      next.end();
    }
    next.finish();
  }

  private void passOn() {
    if (!ready.isEmpty()) {
      next.append(ready.toString());
      ready.setLength(0);
    }
  }
}
