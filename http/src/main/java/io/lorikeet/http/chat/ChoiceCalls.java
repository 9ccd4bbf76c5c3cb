package io.lorikeet.http.chat;

import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.engine.text.calls.CallEvent;
import io.lorikeet.engine.text.calls.CallParser;
import java.util.ArrayList;
import java.util.List;

/** One choice of a turn in which calls are looked for. */
final class ChoiceCalls {
  private final int choice;
  private final CallParser parser;
  private final boolean parallel;
  private final CallIds ids;
  private boolean called;

  /**
   * @param parallel whether calls behind the first are given
   */
  ChoiceCalls(int choice, CallParser parser, boolean parallel, CallIds ids) {
    this.choice = choice;
    this.parser = parser;
    this.parallel = parallel;
    this.ids = ids;
  }

  /**
   * Tokens go with the first text of a piece; where it has none, with an empty one before calls.
   */
  List<TurnEvent> fold(GenerationEvent.Piece piece) {
    List<CallEvent> found = parser.push(piece.text());
    List<TurnEvent> events = new ArrayList<>();
    boolean textFirst = !found.isEmpty() && found.getFirst() instanceof CallEvent.Text;
    if (!textFirst && !piece.ids().isEmpty()) {
      events.add(new TurnEvent.Text(choice, "", piece.ids(), piece.tokens()));
    }
    for (CallEvent event : found) {
      boolean withTokens = textFirst && events.isEmpty();
      add(
          event,
          withTokens ? piece.ids() : List.of(),
          withTokens ? piece.tokens() : List.of(),
          events);
    }
    return events;
  }

  List<TurnEvent> fold(GenerationEvent.ChoiceEnded ended) {
    List<TurnEvent> events = new ArrayList<>();
    for (CallEvent event : parser.finish()) {
      add(event, List.of(), List.of(), events);
    }
    events.add(
        new TurnEvent.ChoiceEnded(
            choice, finish(ended.reason()), ended.stop(), ended.completionTokens()));
    return events;
  }

  // A call that was cut off by length is no call to answer.
  private TurnFinish finish(FinishReason reason) {
    return called && reason != FinishReason.LENGTH ? TurnFinish.TOOL_CALLS : TurnFinish.of(reason);
  }

  private void add(
      CallEvent event,
      List<Integer> drawn,
      List<GenerationEvent.TokenPiece> tokens,
      List<TurnEvent> events) {
    switch (event) {
      case CallEvent.Text(String text) ->
          events.add(new TurnEvent.Text(choice, text, drawn, tokens));
      case CallEvent.Begun(int call, String name) -> {
        called = true;
        if (isGiven(call)) {
          events.add(new TurnEvent.CallBegun(choice, call, ids.id(choice, call), name));
        }
      }
      case CallEvent.Arguments(int call, String delta) -> {
        if (isGiven(call)) {
          events.add(new TurnEvent.CallArguments(choice, call, delta));
        }
      }
      case CallEvent.Ended(int call, String name, String arguments) -> {
        if (isGiven(call)) {
          ToolCall whole = new ToolCall(ids.id(choice, call), name, arguments);
          events.add(new TurnEvent.CallEnded(choice, call, whole));
        }
      }
    }
  }

  private boolean isGiven(int call) {
    return parallel || call == 0;
  }
}
