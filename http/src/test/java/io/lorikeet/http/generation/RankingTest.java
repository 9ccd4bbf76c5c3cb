package io.lorikeet.http.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RankingTest {
  @Test
  void theLikelierTokenOfTheMeanGoesFirst() {
    // Sums -2, -1.2, -3; means -0.5, -1.2, -0.75.
    assertEquals(
        List.of(0, 2, 1),
        order(
            List.of(-0.5f, -0.5f, -0.5f, -0.5f),
            List.of(-1.2f),
            List.of(-0.75f, -0.75f, -0.75f, -0.75f)));
  }

  @Test
  void theLowestIndexGoesFirstOnTies() {
    assertEquals(
        List.of(1, 0, 2), order(List.of(-1f, -1f), List.of(-0.5f), List.of(-1f, -1f, -1f)));
  }

  @Test
  void anImpossibleTokenPutsACandidateLast() {
    assertEquals(List.of(1, 0), order(List.of(-0.1f, Float.NEGATIVE_INFINITY), List.of(-9f, -9f)));
  }

  @SafeVarargs
  private static List<Integer> order(List<Float>... logprobs) {
    List<Collected.Choice> choices = new ArrayList<>();
    for (int i = 0; i < logprobs.length; i++) {
      List<TokenPiece> tokens =
          logprobs[i].stream()
              .map(p -> new TokenPiece(1, "a", new byte[0], false, p, List.of()))
              .toList();
      choices.add(
          new Collected.Choice(
              i, "text", List.of(), tokens, FinishReason.LENGTH, Optional.empty(), tokens.size()));
    }
    return Ranking.bestFirst(choices).stream().map(Collected.Choice::index).toList();
  }
}
