package io.lorikeet.actors;

import org.apache.pekko.actor.typed.ActorRef;

/**
 * How the reader of an answer talks to its request actor: attach once, then one {@link
 * GenerationEvent} comes per acknowledgement (the first without one). The actor watches the sink: a
 * sink that stops before the terminal event cancels the request.
 */
public sealed interface RequestProtocol extends RequestActor.Command
    permits RequestProtocol.Attach, RequestProtocol.Ack {
  /** Events go to this sink from now on. */
  record Attach(ActorRef<GenerationEvent> sink) implements RequestProtocol {}

  /** The sink took the last event and can take another one. */
  enum Ack implements RequestProtocol {
    INSTANCE
  }
}
