package io.lorikeet.engine.text;

import java.util.Optional;
import java.util.Set;

/**
 * Token ids to text, piece by piece: the concatenated pieces are the text of the whole sequence. A
 * piece holds whole characters only. Work per token depends on the token alone, not on how much
 * text there is already. For one stream and one thread at a time; made by {@link
 * DetokenizerFactory}.
 */
public final class Detokenizer {
  private final Vocabulary vocabulary;
  private final boolean skipSpecialTokens;
  private final Set<String> kept;
  private final StringBuilder out = new StringBuilder();
  private final DecodeStage first;
  private boolean finished;

  Detokenizer(DetokenizerFactory origin, boolean skipSpecialTokens, Set<String> kept) {
    this.vocabulary = origin.vocabulary();
    this.skipSpecialTokens = skipSpecialTokens;
    this.kept = kept;
    this.first = Stages.chain(origin.steps(), out);
  }

  /**
   * The text that this token makes certain; often empty. Ids outside the vocabulary are ignored.
   *
   * @throws IllegalStateException after {@link #flush()}
   */
  public String push(int id) {
    accept(id);
    return take();
  }

  /** What is still held back when the stream ends. Incomplete characters become U+FFFD. */
  public String flush() {
    checkRunning();
    finished = true;
    first.finish();
    return take();
  }

  /** Takes a token in without giving its text out. */
  void seed(int id) {
    accept(id);
    out.setLength(0);
  }

  private void accept(int id) {
    checkRunning();
    Optional<String> token = vocabulary.token(id);
    if (token.isEmpty() || isSkipped(token.get())) {
      return;
    }
    first.begin();
    first.append(token.get());
    first.end();
  }

  private boolean isSkipped(String token) {
    return skipSpecialTokens && vocabulary.isSpecial(token) && !kept.contains(token);
  }

  private void checkRunning() {
    if (finished) {
      throw new IllegalStateException("the detokenizer has been flushed");
    }
  }

  private String take() {
    String piece = out.toString();
    out.setLength(0);
    return piece;
  }
}
