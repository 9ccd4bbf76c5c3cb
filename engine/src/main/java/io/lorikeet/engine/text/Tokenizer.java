package io.lorikeet.engine.text;

import java.util.OptionalInt;

/**
 * Text to token ids. Safe for use by many threads at once; after {@link #close()} every call fails.
 */
public interface Tokenizer extends AutoCloseable {
  /**
   * The ids of a text, never truncated or padded. Special tokens that stand in the text become
   * their own id in either case, as in the reference library.
   *
   * @param addSpecialTokens whether the model's own begin and end tokens are put around the text
   * @throws io.lorikeet.engine.error.LorikeetException REQUEST_INVALID if the text holds an
   *     unpaired surrogate, which is no Unicode character
   */
  int[] encode(String text, boolean addSpecialTokens);

  /**
   * As {@link #encode}, with the place of each token in the text.
   *
   * @throws io.lorikeet.engine.error.LorikeetException as {@link #encode}
   */
  TokenSpans encodeWithSpans(String text, boolean addSpecialTokens);

  /** Number of different tokens, added ones included. */
  int vocabSize();

  /** No token stands for more bytes of text than this, unless normalization drops some. */
  int longestTokenBytes();

  /** The id of a token as it stands in the vocabulary, for example {@code <|im_end|>}. */
  OptionalInt tokenId(String token);

  @Override
  void close();
}
