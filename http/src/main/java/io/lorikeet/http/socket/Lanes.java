package io.lorikeet.http.socket;

import io.lorikeet.config.SocketSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.socket.ClientEvent.Cancel;
import io.lorikeet.http.socket.ClientEvent.Create;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which requests of a socket run and which wait: one after the other within a lane, side by side
 * across lanes. A lane is there as long as something of it runs. Pure; used by one thread.
 */
final class Lanes {
  private final SocketSettings settings;
  private final Map<Optional<String>, Lane> lanes = new HashMap<>();
  private long waitingBytes;
  private long runs;

  Lanes(SocketSettings settings) {
    this.settings = settings;
  }

  private static final class Lane {
    final Deque<Create> waiting = new ArrayDeque<>();
    long run;
    Optional<String> responseId = Optional.empty();
  }

  /** What becomes of a request. */
  sealed interface Decision {
    /**
     * It has its turn.
     *
     * @param run its number, new for each
     */
    record Start(long run, Create create) implements Decision {}

    /** It has its turn when those before it in its lane have ended. */
    record Wait() implements Decision {}

    record Refuse(Problem problem) implements Decision {}
  }

  Decision create(Create create) {
    Lane lane = lanes.get(create.lane());
    if (lane == null) {
      if (lanes.size() >= settings.lanesMax()) {
        return new Decision.Refuse(tooManyLanes());
      }
      Lane opened = new Lane();
      lanes.put(create.lane(), opened);
      return start(opened, create);
    }
    if (lane.waiting.size() >= settings.queuedMax()) {
      return new Decision.Refuse(
          Problem.of(
              ErrorCode.QUEUE_FULL,
              "a lane may have %d waiting requests".formatted(settings.queuedMax())));
    }
    if (create.bytes() > settings.queuedBytesMax() - waitingBytes) {
      return new Decision.Refuse(
          Problem.of(
              ErrorCode.QUEUE_FULL,
              "the waiting requests of a socket may have %d bytes"
                  .formatted(settings.queuedBytesMax())));
    }
    lane.waiting.add(create);
    waitingBytes += create.bytes();
    return new Decision.Wait();
  }

  private Decision.Start start(Lane lane, Create create) {
    lane.run = ++runs;
    lane.responseId = Optional.empty();
    return new Decision.Start(lane.run, create);
  }

  /** The response of the lane's run is known by this id from now on. */
  void named(Optional<String> name, String responseId) {
    Lane lane = lanes.get(name);
    if (lane != null) {
      lane.responseId = Optional.of(responseId);
    }
  }

  /** What runs in the lane has ended and its client was told; what has its turn then. */
  Optional<Decision.Start> ended(Optional<String> name) {
    Lane lane = lanes.get(name);
    if (lane == null) {
      return Optional.empty();
    }
    Create next = lane.waiting.poll();
    if (next == null) {
      lanes.remove(name);
      return Optional.empty();
    }
    waitingBytes -= next.bytes();
    return Optional.of(start(lane, next));
  }

  /** The run that a client wants to cancel; none where it does not run on this socket. */
  Optional<Long> meant(Cancel cancel) {
    if (cancel.responseId().isPresent()) {
      return lanes.values().stream()
          .filter(lane -> lane.responseId.equals(cancel.responseId()))
          .map(lane -> lane.run)
          .findFirst();
    }
    return Optional.ofNullable(lanes.get(cancel.lane())).map(lane -> lane.run);
  }

  /** Whether nothing runs. */
  boolean quiet() {
    return lanes.isEmpty();
  }

  /** Runs that were started since the socket was opened. */
  long started() {
    return runs;
  }

  private Problem tooManyLanes() {
    return new Problem(
        400,
        "websocket_stream_limit_reached",
        "`stream_id` must name one of at most %d lanes that run at once"
            .formatted(settings.lanesMax()),
        Optional.of("stream_id"));
  }
}
