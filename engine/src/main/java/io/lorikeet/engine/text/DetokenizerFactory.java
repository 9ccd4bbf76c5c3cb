package io.lorikeet.engine.text;

import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Makes detokenizers from the vocabulary and the decoder of a tokenizer.json. Immutable, for use by
 * many threads.
 */
public final class DetokenizerFactory {
  private final Vocabulary vocabulary;
  private final List<DecoderStep> steps;

  DetokenizerFactory(Vocabulary vocabulary, List<DecoderStep> steps) {
    this.vocabulary = vocabulary;
    this.steps = steps;
  }

  /**
   * A detokenizer for the continuation of a prompt: it gives out what the text of prompt and
   * continuation has beyond the complete characters of the prompt's text.
   *
   * @param promptIds empty for a text that begins with its first token
   * @param skipSpecialTokens whether special tokens leave no text
   */
  public Detokenizer create(int[] promptIds, boolean skipSpecialTokens) {
    return seeded(promptIds, new Detokenizer(this, skipSpecialTokens, Set.of()));
  }

  /**
   * As {@link #create(int[], boolean)}, skipping special tokens but some.
   *
   * @param kept special tokens that leave their name in the text
   */
  public Detokenizer create(int[] promptIds, Collection<String> kept) {
    return seeded(promptIds, new Detokenizer(this, true, Set.copyOf(kept)));
  }

  private static Detokenizer seeded(int[] promptIds, Detokenizer detokenizer) {
    for (int id : promptIds) {
      detokenizer.seed(id);
    }
    return detokenizer;
  }

  /** The id of a special token; none for other tokens. */
  public OptionalInt specialId(String token) {
    return vocabulary.isSpecial(token) ? vocabulary.id(token) : OptionalInt.empty();
  }

  /**
   * Text and bytes of one token as it stands after other text; special tokens give their own name.
   * An id outside the vocabulary has neither.
   */
  public TokenText tokenText(int id) {
    return vocabulary.token(id).map(t -> TokenText.of(t, steps)).orElse(TokenText.EMPTY);
  }

  /** A token as it stands in the vocabulary; empty for an id outside it. */
  public String entry(int id) {
    return vocabulary.token(id).orElse("");
  }

  /** Whether skipping special tokens leaves this one out. */
  public boolean isSpecial(int id) {
    return vocabulary.token(id).map(vocabulary::isSpecial).orElse(false);
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  List<DecoderStep> steps() {
    return steps;
  }
}
