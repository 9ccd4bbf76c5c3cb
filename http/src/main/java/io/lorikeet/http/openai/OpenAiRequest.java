package io.lorikeet.http.openai;

import io.lorikeet.actors.Generation;
import io.lorikeet.http.chat.Tools;
import io.lorikeet.http.chat.Turn;

/**
 * A request of either route, read and checked.
 *
 * @param tools functions that its answer may call
 * @param answer a name that no other answer has
 */
public record OpenAiRequest(Generation generation, ReplyForm form, Tools tools, String answer) {
  /** A request without functions. */
  OpenAiRequest(Generation generation, ReplyForm form) {
    this(generation, form, Tools.NONE, "");
  }

  /** The same with functions, whose marks stay in the text. */
  OpenAiRequest with(Tools functions, String name) {
    Generation marked = generation.withEnding(generation.ending().withMarks(functions.marks()));
    return new OpenAiRequest(marked, form, functions, name);
  }

  /** What folds its answer, where it is a chat; each one folds it once. */
  public Turn turn() {
    return new Turn(tools, answer);
  }
}
