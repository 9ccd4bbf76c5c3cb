package io.lorikeet.http.generation;

import io.lorikeet.actors.RequestProtocol;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** An answer as server-sent events. */
public final class EventStream {
  private EventStream() {}

  /**
   * Frames as they come, and pings while none do. A client that goes before the stream starts
   * cancels the request.
   *
   * @param gone completes when the client has gone before the stream started
   * @param prefix what stands before the JSON of an event
   */
  public static Source<ByteString, NotUsed> of(
      ActorRef<RequestProtocol> request,
      CompletionStage<Done> gone,
      AnswerWriter writer,
      String prefix,
      Duration keepAlive) {
    AtomicBoolean begun = new AtomicBoolean();
    gone.thenRun(() -> {
      if (!begun.get()) {
        request.tell(RequestProtocol.Leave.INSTANCE);
      }
    });
    Frames frames = new Frames(prefix);
    return GenerationSource.of(request)
        .mapMaterializedValue(started -> {
          begun.set(true);
          return started;
        })
        .map(event -> {
          writer.frames(frames, event);
          return frames.take();
        })
        .filter(bytes -> !bytes.isEmpty())
        .keepAlive(keepAlive, () -> Frames.PING);
  }
}
