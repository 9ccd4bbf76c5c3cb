package io.lorikeet.actors;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/** The first thing that a request actor says, before the head of a response goes out. */
public sealed interface Answer {
  /**
   * The adapter is resolved, the prompt fits, all limits hold. The answer flows to whoever attaches
   * next; a request that nobody attaches to ends by itself.
   *
   * @param request where the reader attaches: {@link RequestProtocol}
   * @param adapter name of the adapter that answers; empty: the base
   * @param promptIds the prompt's tokens, a copy
   */
  record Accepted(
      ActorRef<RequestProtocol> request,
      Optional<String> adapter,
      GenerationId generation,
      int[] promptIds)
      implements Answer {}

  /** Refused; nothing else happens. */
  record Rejected(ErrorCode code, String message) implements Answer {}
}
