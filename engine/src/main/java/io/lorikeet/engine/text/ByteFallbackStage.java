package io.lorikeet.engine.text;

/**
 * A run of byte tokens is one token for the next stage. Complete characters of a run are passed on
 * at once, and one U+FFFD for each byte that is part of none. (The library turns every byte of a
 * run into U+FFFD if any part of the run is invalid, which nobody can know in time.)
 */
final class ByteFallbackStage implements DecodeStage {
  private final DecodeStage next;
  private final Utf8Assembler characters = new Utf8Assembler(true);
  private final StringBuilder ready = new StringBuilder();
  private boolean inRun;

  ByteFallbackStage(DecodeStage next) {
    this.next = next;
  }

  /** The byte that a token such as {@code <0xE4>} stands for, or -1. */
  static int octet(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
      return -1;
    }
    int high = hex(token.charAt(3));
    int low = hex(token.charAt(4));
    return high < 0 || low < 0 ? -1 : (high << 4) | low;
  }

  private static int hex(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  @Override
  public void begin() {}

  @Override
  public void append(String token) {
    int octet = octet(token);
    if (octet < 0) {
      closeRun();
      next.begin();
      next.append(token);
      next.end();
      return;
    }
    if (!inRun) {
      inRun = true;
      next.begin();
    }
    characters.accept(octet, ready);
    passOn();
  }

  @Override
  public void end() {}

  @Override
  public void finish() {
    closeRun();
    next.finish();
  }

  private void closeRun() {
    if (inRun) {
      characters.finish(ready);
      passOn();
      inRun = false;
      next.end();
    }
  }

  private void passOn() {
    if (!ready.isEmpty()) {
      next.append(ready.toString());
      ready.setLength(0);
    }
  }
}
