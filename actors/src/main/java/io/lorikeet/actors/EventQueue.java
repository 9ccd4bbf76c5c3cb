package io.lorikeet.actors;

import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.schedule.TokenOut;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/**
 * The events of an answer in the order in which its reader gets them: prompts where asked, each
 * before its choices; pieces of the choices in turn, one end per choice, exactly one terminal
 * event. The first terminal decision wins. Holds no more than the tokens that the choices' credit
 * allows.
 */
final class EventQueue {
  private final List<ChoiceText> choices;
  private final List<PromptText> prompts;
  // Choices with something to tell, each at most once.
  private final ArrayDeque<ChoiceText> ready = new ArrayDeque<>();
  private int open;
  private Optional<Failed> failed = Optional.empty();
  private boolean finished;

  EventQueue(List<ChoiceText> choices, List<PromptText> prompts) {
    this.choices = List.copyOf(choices);
    this.prompts = List.copyOf(prompts);
    this.open = choices.size();
  }

  /** Takes tokens of a choice; those behind its end are dropped. */
  void tokens(int choice, List<TokenOut> tokens) {
    ChoiceText text = choices.get(choice);
    if (text.ended()) {
      return;
    }
    tokens.forEach(text::token);
    changed(text);
  }

  /** Takes log probabilities of a prompt's tokens. */
  void scored(int prompt, List<TokenOut> tokens) {
    prompts.get(prompt).scored(tokens);
  }

  /** Ends a choice, unless a stop string did before. */
  void end(int choice, FinishReason reason) {
    ChoiceText text = choices.get(choice);
    if (text.ended()) {
      return;
    }
    text.end(reason);
    changed(text);
  }

  private void changed(ChoiceText text) {
    if (text.ended()) {
      open--;
    }
    if (!ready.contains(text)) {
      ready.add(text);
    }
  }

  /** Ends the whole answer, unless it has ended already. */
  void fail(ErrorCode code, String message) {
    if (!settled()) {
      failed = Optional.of(new Failed(code, message));
    }
  }

  /** Whether this choice can still grow. */
  boolean isOpen(int choice) {
    return failed.isEmpty() && !choices.get(choice).ended();
  }

  /** Whether the terminal event is decided; it may still wait behind others. */
  boolean settled() {
    return failed.isPresent() || open == 0;
  }

  Optional<Failed> failure() {
    return failed;
  }

  int promptTokens() {
    return prompts.stream().mapToInt(prompt -> prompt.ids().length).sum();
  }

  int completionTokens() {
    return choices.stream().mapToInt(ChoiceText::drawn).sum();
  }

  /** The next event; empty when there is none yet, and after the terminal one. */
  Optional<GenerationEvent> next() {
    if (finished) {
      return Optional.empty();
    }
    for (PromptText prompt : prompts) {
      Optional<GenerationEvent> read = prompt.take();
      if (read.isPresent()) {
        return read;
      }
    }
    Optional<ChoiceText> due = ready.stream().filter(ChoiceText::isDue).findFirst();
    if (due.isEmpty()) {
      return terminal();
    }
    ChoiceText text = due.get();
    ready.remove(text);
    if (text.pending()) {
      GenerationEvent piece = text.take();
      if (text.ended()) {
        ready.add(text);
      }
      return Optional.of(piece);
    }
    return Optional.of(text.ending());
  }

  private Optional<GenerationEvent> terminal() {
    if (!settled()) {
      return Optional.empty();
    }
    finished = true;
    return failed.isPresent()
        ? Optional.of(failed.get())
        : Optional.of(new Completed(promptTokens(), completionTokens()));
  }
}
