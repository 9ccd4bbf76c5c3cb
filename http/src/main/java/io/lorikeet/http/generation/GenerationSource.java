package io.lorikeet.http.generation;

import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Engine;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.RequestProtocol;
import io.lorikeet.engine.error.ErrorCode;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.stream.WatchedActorTerminatedException;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.typed.javadsl.ActorSource;

/** The events of an accepted request, up to and including the terminal one. */
public final class GenerationSource {
  private GenerationSource() {}

  /**
   * Attaches to the request where the source runs, asks for an event only when the last one was
   * taken, and lets go of the request when downstream cancels. A request actor that dies without a
   * terminal event is a failure.
   */
  public static Source<GenerationEvent, NotUsed> of(ActorRef<RequestProtocol> request) {
    Source<GenerationEvent, NotUsed> events =
        ActorSource.<GenerationEvent, RequestProtocol>actorRefWithBackpressure(
                request, RequestProtocol.Ack.INSTANCE, _ -> Optional.empty(), _ -> Optional.empty())
            .mapMaterializedValue(sink -> {
              request.tell(new RequestProtocol.Attach(sink));
              return NotUsed.getInstance();
            });
    // The left side is preferred: a terminal event that waits for a slow client outruns the death
    // of an actor that had nothing more to say.
    return events
        .mergePreferred(death(request), false, false)
        .takeWhile(event -> !(event instanceof GenerationEvent.Terminal), true);
  }

  /**
   * Reads an answer to its end, as fast as it comes.
   *
   * @param reader called by one thread at a time; what it throws fails the stage
   */
  public static CompletionStage<Void> read(
      Answer.Accepted accepted, Engine engine, Consumer<GenerationEvent> reader) {
    return of(accepted.request()).runForeach(reader::accept, engine.system()).thenAccept(_ -> {});
  }

  private static Source<GenerationEvent, NotUsed> death(ActorRef<RequestProtocol> request) {
    return Source.<GenerationEvent>maybe()
        .watch(Adapter.toClassic(request))
        .recover(
            WatchedActorTerminatedException.class,
            new GenerationEvent.Failed(ErrorCode.INTERNAL, "the request ended without an answer"))
        .mapMaterializedValue(_ -> NotUsed.getInstance());
  }
}
