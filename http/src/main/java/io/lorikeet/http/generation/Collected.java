package io.lorikeet.http.generation;

import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import java.util.List;
import java.util.Optional;

/**
 * A complete answer; choices in order.
 *
 * @param prompts in order, where the request asked for them, else empty
 */
public record Collected(
    List<PromptRead> prompts, List<Choice> choices, int promptTokens, int completionTokens) {
  public Collected {
    prompts = List.copyOf(prompts);
    choices = List.copyOf(choices);
  }

  /** The same with other choices. */
  public Collected withChoices(List<Choice> others) {
    return new Collected(prompts, others, promptTokens, completionTokens);
  }

  /**
   * One choice.
   *
   * @param ids all drawn tokens, an end token included
   * @param tokens one entry per id where the request asked for them, else empty
   * @param stop the stop string that ended it, if one did
   */
  public record Choice(
      int index,
      String text,
      List<Integer> ids,
      List<TokenPiece> tokens,
      FinishReason finish,
      Optional<String> stop,
      int completionTokens) {
    public Choice {
      ids = List.copyOf(ids);
      tokens = List.copyOf(tokens);
    }

    public Choice withIndex(int other) {
      return new Choice(other, text, ids, tokens, finish, stop, completionTokens);
    }
  }
}
