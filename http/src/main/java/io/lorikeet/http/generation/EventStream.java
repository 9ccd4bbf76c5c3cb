package io.lorikeet.http.generation;

import io.lorikeet.actors.RequestProtocol;
import java.time.Duration;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/** An answer as server-sent events. */
public final class EventStream {
  private EventStream() {}

  /**
   * Frames as they come, and pings while none do.
   *
   * @param prefix what stands before the JSON of an event
   */
  public static Source<ByteString, NotUsed> of(
      ActorRef<RequestProtocol> request, AnswerWriter writer, String prefix, Duration keepAlive) {
    Frames frames = new Frames(prefix);
    return GenerationSource.of(request)
        .map(event -> {
          writer.frames(frames, event);
          return frames.take();
        })
        .filter(bytes -> !bytes.isEmpty())
        .keepAlive(keepAlive, () -> Frames.PING);
  }
}
