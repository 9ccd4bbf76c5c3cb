package io.lorikeet.http.generation;

import io.lorikeet.actors.GenerationEvent.TokenPiece;
import java.util.Comparator;

/** Chooses among candidates for an answer: the more likely token of the mean goes first. */
public final class Ranking {
  private Ranking() {}

  /**
   * The same answer with its choices best first, the lowest index on ties. Each keeps its index.
   *
   * @param answer with the log probability of every token
   */
  public static Collected bestFirst(Collected answer) {
    return new Collected(
        answer.choices().stream()
            .sorted(Comparator.comparingDouble((Collected.Choice c) -> -meanLogprob(c)))
            .toList(),
        answer.promptTokens(),
        answer.completionTokens());
  }

  private static double meanLogprob(Collected.Choice choice) {
    return choice.tokens().stream()
        .mapToDouble(TokenPiece::logprob)
        .average()
        .orElse(Double.NEGATIVE_INFINITY);
  }
}
