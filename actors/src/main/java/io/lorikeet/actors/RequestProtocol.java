package io.lorikeet.actors;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * How the reader of an answer talks to its request actor: attach once, then one {@link
 * GenerationEvent} comes per acknowledgement (the first without one). The actor watches the sink: a
 * sink that stops before the terminal event cancels the request. A reader that will never attach
 * says so.
 */
public sealed interface RequestProtocol extends RequestActor.Command
    permits RequestProtocol.Attach, RequestProtocol.Ack, RequestProtocol.Leave {
  /** Events go to this sink from now on. */
  record Attach(ActorRef<GenerationEvent> sink) implements RequestProtocol {}

  /** Nobody will attach; the request is cancelled, unless somebody has. */
  enum Leave implements RequestProtocol {
    INSTANCE
  }

  /** The sink took the last event and can take another one. */
  enum Ack implements RequestProtocol {
    INSTANCE
  }
}
