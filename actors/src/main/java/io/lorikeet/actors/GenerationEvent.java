package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * What a request actor tells the one who reads its answer: pieces, one end per choice, and exactly
 * one terminal event, after which nothing follows.
 */
public sealed interface GenerationEvent {
  /**
   * Text that became certain; may be empty while characters or stop strings are incomplete.
   *
   * @param ids all drawn tokens since the last piece, an end token included
   * @param tokens one entry per id where {@link Generation#tokenTexts} asked for them, else empty
   */
  record Piece(int choice, String text, List<Integer> ids, List<TokenPiece> tokens)
      implements GenerationEvent {
    public Piece {
      ids = List.copyOf(ids);
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * A prompt, where {@link Generation#promptLogprobs} asked for it; comes before its choices.
   *
   * @param text as the client sent it, or what its tokens say
   * @param tokens of the whole prompt; the log probability of the first one is NaN, as are all that
   *     were not asked for
   */
  record PromptRead(int prompt, String text, List<TokenPiece> tokens) implements GenerationEvent {
    public PromptRead {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * A choice is complete; its text came in pieces before.
   *
   * @param stop the stop string that ended it, if one did
   * @param completionTokens drawn tokens, an end token included
   */
  record ChoiceEnded(int choice, FinishReason reason, Optional<String> stop, int completionTokens)
      implements GenerationEvent {}

  /** A terminal event. */
  sealed interface Terminal extends GenerationEvent {}

  /** All choices are complete. */
  record Completed(int promptTokens, int completionTokens) implements Terminal {}

  /** The request failed; choices without an end have none. */
  record Failed(ErrorCode code, String message) implements Terminal {}

  /** Why a choice ended. */
  enum FinishReason {
    /** The model drew one of its end tokens. */
    STOP_TOKEN,
    /** A stop string of the request came up. */
    STOP_STRING,
    /** As many tokens as allowed were drawn. */
    LENGTH
  }

  /**
   * A token on its own.
   *
   * @param text readable text; U+FFFD for bytes that are no character on their own
   * @param bytes exact bytes; those of consecutive tokens join to the whole text
   * @param special whether the token leaves no text in the answer
   * @param logprob of the raw distribution; NaN where not asked for
   * @param alternatives the most likely tokens, best first, as many as were asked for
   * @param rank among all tokens, from 1 on, of a prompt's token with a log probability; else 0
   */
  record TokenPiece(
      int id,
      String text,
      byte[] bytes,
      boolean special,
      float logprob,
      List<Alternative> alternatives,
      int rank) {
    public TokenPiece {
      alternatives = List.copyOf(alternatives);
    }

    /** A token without a rank. */
    public TokenPiece(
        int id,
        String text,
        byte[] bytes,
        boolean special,
        float logprob,
        List<Alternative> alternatives) {
      this(id, text, bytes, special, logprob, alternatives, 0);
    }

    /** The same with at most so many alternatives. */
    public TokenPiece withAlternatives(int most) {
      return alternatives.size() <= most
          ? this
          : new TokenPiece(id, text, bytes, special, logprob, alternatives.subList(0, most), rank);
    }
  }

  /** A token that might have been drawn. */
  record Alternative(int id, String text, byte[] bytes, float logprob) {}
}
