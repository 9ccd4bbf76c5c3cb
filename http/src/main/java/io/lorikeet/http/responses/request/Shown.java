package io.lorikeet.http.responses.request;

/** What a refusal shows of a text that a client wrote. */
public final class Shown {
  private static final int CHARACTERS_MAX = 40;

  private Shown() {}

  /** Its beginning. */
  public static String shortened(String text) {
    return text.length() <= CHARACTERS_MAX ? text : text.substring(0, CHARACTERS_MAX) + "...";
  }
}
