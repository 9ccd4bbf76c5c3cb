package io.lorikeet.http.generation;

import io.lorikeet.actors.GenerationEvent.TokenPiece;
import java.util.Comparator;
import java.util.List;

/** Chooses among candidates for an answer: the more likely token of the mean goes first. */
public final class Ranking {
  private Ranking() {}

  /**
   * Candidates best first, the lowest index on ties. Each keeps its index.
   *
   * @param candidates with the log probability of every token
   */
  public static List<Collected.Choice> bestFirst(List<Collected.Choice> candidates) {
    return candidates.stream()
        .sorted(Comparator.comparingDouble((Collected.Choice c) -> -meanLogprob(c)))
        .toList();
  }

  private static double meanLogprob(Collected.Choice choice) {
    return choice.tokens().stream()
        .mapToDouble(TokenPiece::logprob)
        .average()
        .orElse(Double.NEGATIVE_INFINITY);
  }
}
