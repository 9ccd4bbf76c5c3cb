package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import java.util.List;

/** What came of an {@link Embedding}. */
public sealed interface EmbeddingResult {
  /**
   * All vectors are there.
   *
   * @param answerer who made them
   * @param vectors {@code [prompts][hidden]}, as the pooling gave them; not to be written
   */
  record Embedded(Answer.Answerer answerer, List<float[]> vectors, int promptTokens)
      implements EmbeddingResult {
    public Embedded {
      vectors = List.copyOf(vectors);
    }
  }

  /** Refused or failed. */
  record Rejected(ErrorCode code, String message) implements EmbeddingResult {}
}
