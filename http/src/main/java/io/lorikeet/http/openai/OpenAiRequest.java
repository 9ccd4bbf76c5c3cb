package io.lorikeet.http.openai;

import io.lorikeet.actors.Generation;
import io.lorikeet.http.chat.Turn;

/** A request of either route, read and checked. */
public record OpenAiRequest(Generation generation, ReplyForm form) {
  /** What folds its answer, where it is a chat. */
  public Turn turn() {
    return new Turn();
  }
}
