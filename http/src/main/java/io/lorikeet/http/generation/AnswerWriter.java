package io.lorikeet.http.generation;

import io.lorikeet.actors.GenerationEvent;

/** How an API writes one answer; made anew for each request, used by one stream. */
public interface AnswerWriter {
  /** Adds the frames that an event is worth; some are worth none. */
  void frames(Frames frames, GenerationEvent event);

  /** The body of a response that comes at once. */
  byte[] whole(Collected answer);
}
