package io.lorikeet.http;

import io.lorikeet.actors.Generation;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.Alternative;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.actors.Target;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What scripted engines play. */
final class Scripts {
  private static final String[] WORDS = {"Hel", "lo", " \"\ud83e\udd9c\"\n"};
  private static final int FIRST_ID = 11;
  private static final int END_ID = 2;

  private Scripts() {}

  /**
   * The base {@code tiny} and its adapter {@code pirate} say hello, whatever they are asked; other
   * names are refused.
   */
  static Script hello(Generation generation) {
    Optional<String> adapter =
        switch (generation.target()) {
          case Target.Model(String name) -> Optional.of(name).filter(n -> !n.equals("tiny"));
          case Target.Adapter(Optional<String> name) -> name;
        };
    if (adapter.isPresent() && !adapter.get().equals("pirate")) {
      return generation.target() instanceof Target.Model
          ? new Script.Reject(
              ErrorCode.MODEL_NOT_FOUND, "there is no model `" + adapter.get() + "`")
          : new Script.Reject(
              ErrorCode.ADAPTER_NOT_FOUND, "there is no adapter `" + adapter.get() + "`");
    }
    return new Script.Play(
        new int[] {5, 6, 7},
        adapter,
        adapter.isPresent() ? new GenerationId("ab12") : GenerationId.BASE,
        events(generation).iterator(),
        CompletableFuture.completedStage(null));
  }

  private static List<GenerationEvent> events(Generation generation) {
    List<GenerationEvent> events = new ArrayList<>();
    int choices = generation.choices();
    for (int word = 0; word < WORDS.length; word++) {
      for (int choice = 0; choice < choices; choice++) {
        events.add(piece(generation, choice, FIRST_ID + word, WORDS[word], false));
      }
    }
    for (int choice = 0; choice < choices; choice++) {
      events.add(piece(generation, choice, END_ID, "</s>", true));
      events.add(
          new ChoiceEnded(choice, FinishReason.STOP_TOKEN, Optional.empty(), WORDS.length + 1));
    }
    events.add(new Completed(3, choices * (WORDS.length + 1)));
    return events;
  }

  /** One token as a piece. */
  static Piece piece(Generation generation, int choice, int id, String text, boolean special) {
    List<TokenPiece> tokens =
        generation.tokenTexts()
            ? List.of(token(id, text, special, generation.sampling().topLogprobs()))
            : List.of();
    return new Piece(choice, special ? "" : text, List.of(id), tokens);
  }

  private static TokenPiece token(int id, String text, boolean special, int alternatives) {
    List<Alternative> top = new ArrayList<>();
    for (int i = 0; i < alternatives; i++) {
      String other = i == 0 ? text : "other" + i;
      top.add(
          new Alternative(
              id + i, other, bytes(other), i == 2 ? Float.NEGATIVE_INFINITY : -0.5f - i));
    }
    return new TokenPiece(id, text, bytes(text), special, -0.5f, top);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
