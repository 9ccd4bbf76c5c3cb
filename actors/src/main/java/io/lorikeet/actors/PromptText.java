package io.lorikeet.actors;

import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.schedule.TokenOut;
import io.lorikeet.engine.text.Detokenizer;
import io.lorikeet.engine.text.TextModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A prompt on its way back to the one who sent it: its tokens' log probabilities go in as they are
 * found, one event comes out when all are there. Where nobody asked for it, it is told at once.
 */
final class PromptText {
  private final int number;
  private final Prompt prompt;
  private final int[] ids;
  private final ChoiceText.Style style;
  private final int wanted;
  private final List<TokenOut> scores = new ArrayList<>();
  private boolean told;

  /**
   * @param logprobs as in {@link Generation}
   */
  PromptText(int number, Prompt prompt, int[] ids, OptionalInt logprobs, ChoiceText.Style style) {
    this.number = number;
    this.prompt = prompt;
    this.ids = ids;
    this.style = style;
    this.wanted = logprobs.orElse(-1) < 0 ? 0 : ids.length - 1;
    this.told = logprobs.isEmpty();
  }

  /** Its tokens; not to be written. */
  int[] ids() {
    return ids;
  }

  void scored(List<TokenOut> tokens) {
    scores.addAll(tokens);
  }

  /** Whether its choices may be told of. */
  boolean isTold() {
    return told;
  }

  /** Its event, once. */
  Optional<GenerationEvent> take() {
    if (told || scores.size() < wanted) {
      return Optional.empty();
    }
    told = true;
    List<TokenPiece> tokens = new ArrayList<>(ids.length);
    for (int i = 0; i < ids.length; i++) {
      boolean scored = i > 0 && wanted > 0;
      tokens.add(style.piece(scored ? scores.get(i - 1) : unscored(ids[i]), false));
    }
    return Optional.of(new PromptRead(number, text(), tokens));
  }

  private static TokenOut unscored(int id) {
    return new TokenOut(id, Float.NaN, new int[0], new float[0], new float[0]);
  }

  private String text() {
    return prompt instanceof Prompt.Text(String sent)
        ? sent
        : style.text().map(this::decode).orElse("");
  }

  private String decode(TextModel text) {
    Detokenizer detokenizer = text.detokenizers().create(new int[0], true);
    StringBuilder decoded = new StringBuilder();
    for (int id : ids) {
      decoded.append(detokenizer.push(id));
    }
    return decoded.append(detokenizer.flush()).toString();
  }
}
