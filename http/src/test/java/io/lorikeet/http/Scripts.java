package io.lorikeet.http;

import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.Alternative;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.ScriptedEngine.Script;
import io.lorikeet.actors.Target;
import io.lorikeet.actors.TextResult;
import io.lorikeet.actors.TextTask;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What scripted engines play. */
final class Scripts {
  private static final String[] WORDS = {"Hel", "lo", " \"\ud83e\udd9c\"\n"};
  private static final String[] CALLING = {
    "Let me", " look.\n", "<tool_call>", "\n{\"name\": \"get_weather\", \"arg",
    "uments\": {\"city\":", " \"Oslo\"", "}}\n", "</tool_call>",
    "\n<tool_call>{\"name\": \"now\", \"arguments\": {}}</tool_call>"
  };
  private static final int FIRST_ID = 11;
  private static final int END_ID = 2;

  private static final Map<String, String> GENERATIONS =
      Map.of("pirate", "ab12", "team/poet", "cd34");

  private Scripts() {}

  /**
   * The base {@code tiny} and its adapters {@code pirate}, number 0, and {@code team/poet} say
   * hello, whatever they are asked, and call two functions where there are some; other names are
   * refused.
   */
  static Script hello(Generation generation) {
    Answer.Answerer answerer =
        switch (generation.target()) {
          case Target.Model(String name) when name.equals("tiny") -> Answer.Sum.BASE;
          case Target.Model(String name) -> new Answer.Sum(List.of(adapter(name, 1)));
          case Target.Adapter(Optional<String> name) ->
              new Answer.Sum(name.map(n -> adapter(n, 1)).stream().toList());
          case Target.Composed(List<Target.Part> parts) ->
              new Answer.Sum(
                  parts.stream()
                      .map(part -> adapter(name(part.adapter()), part.weight()))
                      .toList());
          case Target.Merged(Recipe<String> recipe) ->
              new Answer.Merge(recipe, new GenerationId("ef56"));
        };
    for (String name : answerer.names()) {
      if (!GENERATIONS.containsKey(name)) {
        return generation.target() instanceof Target.Model
            ? new Script.Reject(ErrorCode.MODEL_NOT_FOUND, "there is no model `" + name + "`")
            : new Script.Reject(ErrorCode.ADAPTER_NOT_FOUND, "there is no adapter `" + name + "`");
      }
    }
    return new Script.Play(
        generation.prompts().stream().map(_ -> new int[] {5, 6, 7}).toList(),
        answerer,
        events(generation).iterator(),
        CompletableFuture.completedStage(null));
  }

  /** Every text is a begin token where one is wanted, {@code Hi}, and half a parrot. */
  static TextResult text(TextTask task) {
    return switch (task) {
      case TextTask.Encode(String _, boolean special) -> tokens(special);
      case TextTask.EncodeChat(Prompt.Chat _, boolean special) -> tokens(special);
      case TextTask.Decode(int[] ids) -> new TextResult.Text(ids.length + " tokens");
      case TextTask.Render(Prompt.Chat chat) ->
          new TextResult.Text(
              "<chat of %d>%s"
                  .formatted(chat.messages().size(), chat.addGenerationPrompt() ? "<answer>" : ""));
    };
  }

  private static TextResult tokens(boolean special) {
    TextResult.Token begin = new TextResult.Token(5, "<s>", bytes("<s>"), "", 0, 0);
    TextResult.Token word = new TextResult.Token(6, "\u0120Hi", bytes(" Hi"), "Hi", 0, 2);
    byte[] half = {(byte) 0xf0, (byte) 0x9f};
    TextResult.Token parrot = new TextResult.Token(7, "\u00f0\u0141", half, "\ud83e\udd9c", 2, 3);
    return new TextResult.Tokens(special ? List.of(begin, word, parrot) : List.of(word, parrot));
  }

  private static Answer.Adapter adapter(String name, double weight) {
    return new Answer.Adapter(
        name, weight, new GenerationId(GENERATIONS.getOrDefault(name, "none")));
  }

  private static String name(Target.Reference adapter) {
    return switch (adapter) {
      case Target.Reference.ByName(String name) -> name;
      case Target.Reference.ByNumber(int number) -> number == 0 ? "pirate" : "number " + number;
    };
  }

  private static List<GenerationEvent> events(Generation generation) {
    List<GenerationEvent> events = new ArrayList<>();
    int choices = generation.sequences();
    int prompts = generation.prompts().size();
    generation
        .promptLogprobs()
        .ifPresent(top -> {
          for (int prompt = 0; prompt < prompts; prompt++) {
            events.add(prompt(prompt, generation.prompts().get(prompt), top));
          }
        });
    String[] words = hasTools(generation) ? CALLING : WORDS;
    for (int word = 0; word < words.length; word++) {
      for (int choice = 0; choice < choices; choice++) {
        events.add(piece(generation, choice, FIRST_ID + word, words[word], false));
      }
    }
    for (int choice = 0; choice < choices; choice++) {
      events.add(piece(generation, choice, END_ID, "</s>", true));
      events.add(
          new ChoiceEnded(choice, FinishReason.STOP_TOKEN, Optional.empty(), words.length + 1));
    }
    events.add(new Completed(3 * prompts, choices * (words.length + 1)));
    return events;
  }

  private static boolean hasTools(Generation generation) {
    return generation.prompts().getFirst() instanceof Prompt.Chat chat && chat.tools().isPresent();
  }

  private static PromptRead prompt(int number, Prompt prompt, int top) {
    TokenPiece begin = new TokenPiece(5, "<s>", bytes("<s>"), true, Float.NaN, List.of());
    List<TokenPiece> tokens = List.of(begin, scored(6, "H", top), scored(7, "i", top));
    return new PromptRead(
        number, prompt instanceof Prompt.Text(String text) ? text : "decoded", tokens);
  }

  private static TokenPiece scored(int id, String text, int top) {
    return top < 0
        ? new TokenPiece(id, text, bytes(text), false, Float.NaN, List.of())
        : ranked(token(0, id, text, false, top));
  }

  private static TokenPiece ranked(TokenPiece t) {
    return new TokenPiece(
        t.id(), t.text(), t.bytes(), t.special(), t.logprob(), t.alternatives(), 1);
  }

  /** One token as a piece. */
  static Piece piece(Generation generation, int choice, int id, String text, boolean special) {
    List<TokenPiece> tokens =
        generation.tokenTexts()
            ? List.of(token(choice, id, text, special, generation.sampling().topLogprobs()))
            : List.of();
    return new Piece(choice, special ? "" : text, List.of(id), tokens);
  }

  // The third choice is the likeliest one.
  private static TokenPiece token(
      int choice, int id, String text, boolean special, int alternatives) {
    List<Alternative> top = new ArrayList<>();
    for (int i = 0; i < alternatives; i++) {
      String other = i == 0 ? text : "other" + i;
      top.add(
          new Alternative(
              id + i, other, bytes(other), i == 2 ? Float.NEGATIVE_INFINITY : -0.5f - i));
    }
    return new TokenPiece(id, text, bytes(text), special, choice == 2 ? -0.25f : -0.5f, top);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
