package io.lorikeet.http.generation;

import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/** Folds the events of an answer into the whole. */
public final class Collector {
  private final List<Draft> drafts = new ArrayList<>();
  private final List<PromptRead> prompts = new ArrayList<>();
  private Optional<GenerationEvent.Terminal> terminal = Optional.empty();

  private Collector(int choices) {
    for (int i = 0; i < choices; i++) {
      drafts.add(new Draft());
    }
  }

  /**
   * Runs the source to its end, or until the client has gone.
   *
   * @param gone completes when nobody waits for the answer any more
   * @return fails with a {@link LorikeetException} when the request does
   */
  public static CompletionStage<Collected> collect(
      Source<GenerationEvent, NotUsed> events,
      int choices,
      CompletionStage<Done> gone,
      ActorSystem<?> system) {
    SharedKillSwitch open = KillSwitches.shared("answer");
    gone.thenRun(() -> open.abort(new LorikeetException(ErrorCode.SLOW_CLIENT, "client gone")));
    return events
        .via(open.flow())
        .runWith(
            Sink.fold(
                new Collector(choices),
                (collector, event) -> {
                  collector.add(event);
                  return collector;
                }),
            system)
        .thenApply(Collector::result);
  }

  private void add(GenerationEvent event) {
    switch (event) {
      case PromptRead prompt -> prompts.add(prompt);
      case Piece piece -> drafts.get(piece.choice()).add(piece);
      case ChoiceEnded ended -> drafts.get(ended.choice()).ended = Optional.of(ended);
      case GenerationEvent.Terminal end -> terminal = Optional.of(end);
    }
  }

  private Collected result() {
    GenerationEvent.Terminal end =
        terminal.orElseThrow(
            () -> new LorikeetException(ErrorCode.INTERNAL, "the answer has no end"));
    return switch (end) {
      case Completed(int promptTokens, int completionTokens) -> {
        List<Collected.Choice> choices = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
          choices.add(drafts.get(i).choice(i));
        }
        prompts.sort(Comparator.comparingInt(PromptRead::prompt));
        yield new Collected(prompts, choices, promptTokens, completionTokens);
      }
      case Failed(ErrorCode code, String message) -> throw new LorikeetException(code, message);
    };
  }

  private static final class Draft {
    private final StringBuilder text = new StringBuilder();
    private final List<Integer> ids = new ArrayList<>();
    private final List<TokenPiece> tokens = new ArrayList<>();
    private Optional<ChoiceEnded> ended = Optional.empty();

    private void add(Piece piece) {
      text.append(piece.text());
      ids.addAll(piece.ids());
      tokens.addAll(piece.tokens());
    }

    private Collected.Choice choice(int index) {
      ChoiceEnded end =
          ended.orElseThrow(
              () -> new LorikeetException(ErrorCode.INTERNAL, "choice " + index + " has no end"));
      return new Collected.Choice(
          index, text.toString(), ids, tokens, end.reason(), end.stop(), end.completionTokens());
    }
  }
}
