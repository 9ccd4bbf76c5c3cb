package io.lorikeet.http.chat;

import io.lorikeet.engine.text.calls.CallFormat;

/**
 * Names of calls: other ones in every answer, and of each call of an answer. Mistral's templates
 * take ids of nine letters and digits only.
 */
record CallIds(String answer, boolean nine) {
  private static final String DIGITS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int USUAL = 24;
  private static final int SHORT = 9;
  // FNV-1a, and the finalizer of SplitMix64.
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  static CallIds of(String answer, Tools tools) {
    return new CallIds(answer, tools.format().filter(f -> f == CallFormat.MISTRAL).isPresent());
  }

  String id(int choice, int call) {
    long state = hash(answer + ":" + choice + ":" + call);
    int length = nine ? SHORT : USUAL;
    StringBuilder id = new StringBuilder(nine ? "" : "call_");
    for (int i = 0; i < length; i++) {
      state += GOLDEN;
      id.append(DIGITS.charAt((int) Long.remainderUnsigned(mixed(state), DIGITS.length())));
    }
    return id.toString();
  }

  private static long hash(String text) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FNV_PRIME;
    }
    return hash;
  }

  private static long mixed(long state) {
    long z = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
