package io.lorikeet.actors;

import io.lorikeet.actors.GenerationEvent.Alternative;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.schedule.TokenOut;
import io.lorikeet.engine.text.Detokenizer;
import io.lorikeet.engine.text.StopMatcher;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.TokenText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One choice of an answer: drawn tokens go in, pieces of text come out. What nobody has taken yet
 * grows together into one piece. Ends once.
 */
final class ChoiceText {
  /**
   * What the choices of a request have in common.
   *
   * @param text empty: ids flow, all text is ""
   * @param endTokens ids that leave no text
   */
  record Style(
      Optional<TextModel> text, Ending ending, boolean tokenTexts, Set<Integer> endTokens) {
    /**
     * A token on its own.
     *
     * @param ends whether it leaves no text because it ends the answer
     */
    TokenPiece piece(TokenOut token, boolean ends) {
      TokenText own = tokenText(token.id());
      boolean special = ends || text.map(t -> leavesNoText(t, token.id())).orElse(false);
      List<Alternative> alternatives = new ArrayList<>(token.topIds().length);
      for (int i = 0; i < token.topIds().length; i++) {
        TokenText other = tokenText(token.topIds()[i]);
        alternatives.add(
            new Alternative(
                token.topIds()[i], other.text(), other.bytes(), token.topLogprobs()[i]));
      }
      return new TokenPiece(
          token.id(),
          own.text(),
          own.bytes(),
          special,
          token.logprob(),
          alternatives,
          token.rank());
    }

    private boolean leavesNoText(TextModel model, int id) {
      return model.detokenizers().isSpecial(id)
          && !ending.marks().kept().contains(model.detokenizers().entry(id));
    }

    private TokenText tokenText(int id) {
      return text.map(t -> t.tokenText(id)).orElseGet(() -> new TokenText("", new byte[0]));
    }
  }

  private final int choice;
  private final PromptText prompt;
  private final Style style;
  private final Optional<Detokenizer> detokenizer;
  private final StopMatcher stops;
  private final StringBuilder text = new StringBuilder();
  private List<Integer> ids = new ArrayList<>();
  private List<TokenPiece> tokens = new ArrayList<>();
  private int drawn;
  private Optional<FinishReason> reason = Optional.empty();
  private Optional<String> stop = Optional.empty();

  /**
   * @param prompt what it answers
   */
  ChoiceText(int choice, Style style, PromptText prompt) {
    this.choice = choice;
    this.prompt = prompt;
    this.style = style;
    this.detokenizer =
        style.text().map(t -> t.detokenizers().create(prompt.ids(), style.ending().marks().kept()));
    this.stops = new StopMatcher(style.ending().stop());
  }

  /** Takes a token; those behind the end are dropped. */
  void token(TokenOut token) {
    if (ended()) {
      return;
    }
    drawn++;
    ids.add(token.id());
    if (style.tokenTexts()) {
      tokens.add(style.piece(token, style.endTokens().contains(token.id())));
    }
    if (!style.endTokens().contains(token.id())) {
      detokenizer.ifPresent(d -> accept(d.push(token.id())));
    }
  }

  /** No more tokens come: what was held back goes out, and may itself complete a stop string. */
  void end(FinishReason why) {
    if (ended()) {
      return;
    }
    detokenizer.ifPresent(d -> accept(d.flush()));
    if (!ended()) {
      text.append(stops.flush());
      reason = Optional.of(why);
    }
  }

  private void accept(String piece) {
    if (drawn <= style.ending().minTokens()) {
      text.append(piece);
      return;
    }
    StopMatcher.Match match = stops.push(piece);
    text.append(match.emit());
    match
        .matched()
        .ifPresent(found -> {
          if (style.ending().stopInText()) {
            text.append(found);
          }
          stop = Optional.of(found);
          reason = Optional.of(FinishReason.STOP_STRING);
        });
  }

  /** Whether it may be told of: its prompt was. */
  boolean isDue() {
    return prompt.isTold();
  }

  boolean ended() {
    return reason.isPresent();
  }

  int drawn() {
    return drawn;
  }

  /** Whether {@link #take} has something to give. */
  boolean pending() {
    return !ids.isEmpty() || !text.isEmpty();
  }

  /** All that came since the last piece. */
  Piece take() {
    Piece piece = new Piece(choice, text.toString(), ids, tokens);
    text.setLength(0);
    ids = new ArrayList<>();
    tokens = new ArrayList<>();
    return piece;
  }

  /** The event behind the last piece of an ended choice. */
  ChoiceEnded ending() {
    return new ChoiceEnded(choice, reason.orElseThrow(), stop, drawn);
  }
}
