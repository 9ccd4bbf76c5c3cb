package io.lorikeet.engine.text;

/**
 * One step of the decoder that a tokenizer.json describes. The library runs each step over the list
 * of all tokens; {@link DecodeStage} does the same token by token.
 */
sealed interface DecoderStep {
  /** Characters of the byte alphabet become bytes, the bytes UTF-8 text (GPT-2, Llama 3, Qwen). */
  record ByteLevel() implements DecoderStep {}

  /** Tokens such as {@code <0xE4>} become bytes (Llama 2, Mistral, Gemma). */
  record ByteFallback() implements DecoderStep {}

  /** All tokens become one. */
  record Fuse() implements DecoderStep {}

  /** Replaces every {@code pattern} in each token. */
  record Replace(String pattern, String content) implements DecoderStep {}

  /**
   * Takes a character off the ends of each token.
   *
   * @param content a code point
   * @param start at most so many at the start
   * @param stop at most so many at the end
   */
  record Strip(int content, int start, int stop) implements DecoderStep {}

  /**
   * A space for every replacement character, nothing for those of the first token.
   *
   * @param replacement a code point
   * @param dropInFirst false where the first token keeps its spaces
   */
  record Metaspace(int replacement, boolean dropInFirst) implements DecoderStep {}

  /** Puts a space before every word but the first and takes the prefix off continuations. */
  record WordPiece(String prefix, boolean cleanup) implements DecoderStep {}

  /** A suffix marks the end of a word: a space, but nothing after the last token. */
  record WordEnd(String suffix) implements DecoderStep {}

  /** No decoder at all: tokens are separated by spaces. */
  record Separate() implements DecoderStep {}
}
