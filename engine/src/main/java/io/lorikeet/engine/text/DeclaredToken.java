package io.lorikeet.engine.text;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A token that the configuration files of a model folder declare. The flags are those of the
 * library: they say how the token is found in a text.
 */
record DeclaredToken(
    String content,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized,
    boolean special) {
  /** A special token of which only the text is known. */
  static DeclaredToken named(String content) {
    return new DeclaredToken(content, false, false, false, false, true);
  }

  /**
   * @param node an object with {@code content} and flags
   */
  static DeclaredToken of(JsonNode node, boolean special) {
    return new DeclaredToken(
        node.path("content").asText(),
        node.path("single_word").asBoolean(),
        node.path("lstrip").asBoolean(),
        node.path("rstrip").asBoolean(),
        node.path("normalized").asBoolean(!special),
        special);
  }

  /** The same flags, but left out when special tokens are skipped. */
  DeclaredToken asSpecial() {
    return new DeclaredToken(content, singleWord, lstrip, rstrip, normalized, true);
  }
}
