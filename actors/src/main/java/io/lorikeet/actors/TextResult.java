package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;

/** What came of a {@link TextTask}. */
public sealed interface TextResult {
  /** Of {@link TextTask.Encode} and {@link TextTask.EncodeChat}. */
  record Tokens(List<Token> tokens) implements TextResult {
    public Tokens {
      tokens = List.copyOf(tokens);
    }
  }

  /** Of {@link TextTask.Decode} and {@link TextTask.Render}. */
  record Text(String text) implements TextResult {}

  /** Refused. */
  record Rejected(ErrorCode code, String message) implements TextResult {
    static Rejected of(LorikeetException e) {
      return new Rejected(e.code(), String.valueOf(e.getMessage()));
    }
  }

  /**
   * One token.
   *
   * @param entry as it stands in the vocabulary
   * @param bytes what it stands for after other text; not to be written
   * @param source the characters of the text that it was made from; empty for one that was added
   * @param start first code point of the source in the text
   * @param end the code point after the last one
   */
  record Token(int id, String entry, byte[] bytes, String source, int start, int end) {}
}
