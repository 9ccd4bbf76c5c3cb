package io.lorikeet.http.socket;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.access.Entry;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.responses.ResponseRuns;
import io.lorikeet.http.responses.Run;
import io.lorikeet.http.socket.ClientEvent.Cancel;
import io.lorikeet.http.socket.ClientEvent.Create;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.Done;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open socket. Reads while it can answer, takes an event of a running response only when the
 * last one was written, and writes those that are there in the order in which they came: so every
 * lane gets its turn, and a client that does not read holds back nobody but itself.
 */
final class SocketLogic extends TimerGraphStageLogic implements Sockets.Member {
  private static final Logger LOG = LoggerFactory.getLogger(SocketLogic.class);
  // Frames that are no events of responses; nothing is read while so many wait to be written.
  private static final int OUTBOX_MAX = 64;
  private static final int OK = 200;

  private enum Timer {
    PING,
    PONG_LATE,
    IDLE,
    CLOSE_LATE,
    DRAINED
  }

  private enum Phase {
    OPEN,
    /** Our close frame is written or waits to be. */
    CLOSING,
    /** Both sides have said it; ends when our frame is written. */
    CLOSED
  }

  private final Inlet<ByteString> in;
  private final Outlet<ByteString> out;
  private final SocketParts parts;
  private final Call call;
  private final ResponseRuns.Session runs;
  private final FrameReader reader;
  private final Lanes lanes;
  private final Queue<ByteString> outbox = new ArrayDeque<>();
  private final Queue<Response> ready = new ArrayDeque<>(); // those with an event to write
  private final Map<Long, Response> running = new HashMap<>(); // by number of the run
  private final AsyncCallback<Begun> begun = createAsyncCallback(this::begun);
  private final AsyncCallback<ObjectNode> told = createAsyncCallback(this::send);
  private final AsyncCallback<Done> leave = createAsyncCallback(_ -> serverStops());
  private Phase phase = Phase.OPEN;
  private boolean leaving;
  private int closeCode = CloseCode.ABNORMAL;

  SocketLogic(FlowShape<ByteString, ByteString> shape, SocketParts parts, Call call) {
    super(shape);
    this.in = shape.in();
    this.out = shape.out();
    this.parts = parts;
    this.call = call;
    this.runs = parts.runs().session();
    this.reader = new FrameReader(parts.settings().messageBytesMax());
    this.lanes = new Lanes(parts.settings());
    setHandler(in, new FromClient());
    setHandler(
        out,
        new AbstractOutHandler() {
          @Override
          public void onPull() {
            write();
          }
        });
  }

  private final class FromClient extends AbstractInHandler {
    @Override
    public void onPush() {
      reader.add(grab(in));
      read();
    }

    // Without a close frame the client has gone, and what runs for it is cancelled.
    @Override
    public void onUpstreamFinish() {
      if (phase != Phase.CLOSED || outbox.isEmpty()) {
        completeStage();
      }
    }

    @Override
    public void onUpstreamFailure(Throwable failure) {
      completeStage();
    }
  }

  @Override
  public void preStart() {
    switch (parts.sockets().enter(this)) {
      case FREE -> {
        scheduleAtFixedRate(Timer.PING, parts.settings().ping(), parts.settings().ping());
        rest();
      }
      case FULL -> close(CloseCode.POLICY, "too many sockets are open");
      case STOPPING -> close(CloseCode.GOING_AWAY, "the server stops");
    }
    pull(in);
  }

  @Override
  public String principal() {
    return call.principal();
  }

  @Override
  public void leave() {
    leave.invoke(Done.getInstance());
  }

  private void serverStops() {
    leaving = true;
    if (lanes.quiet()) {
      close(CloseCode.GOING_AWAY, "the server stops");
    } else {
      scheduleOnce(Timer.DRAINED, parts.drain());
    }
  }

  @Override
  public void onTimer(Object key) {
    switch ((Timer) key) {
      case PING -> ping();
      case PONG_LATE ->
          close(
              CloseCode.POLICY, "no pong within " + parts.settings().pongWait().toSeconds() + " s");
      case IDLE ->
          close(CloseCode.NORMAL, "idle for " + parts.settings().idle().toSeconds() + " s");
      case DRAINED -> close(CloseCode.GOING_AWAY, "the server stops");
      case CLOSE_LATE -> cut();
    }
  }

  // A stage that completes leaves a connection open until all is written, and what a client sends
  // is
  // read on; one that fails resets it.
  private void cut() {
    failStage(
        new TimeoutException("no end of the connection within " + parts.settings().closeWait()));
  }

  private void ping() {
    if (!isTimerActive(Timer.PONG_LATE)) {
      send(Frames.ping());
      scheduleOnce(Timer.PONG_LATE, parts.settings().pongWait());
    }
  }

  /** Whoever does nothing from now on is idle. */
  private void rest() {
    if (lanes.quiet()) {
      scheduleOnce(Timer.IDLE, parts.settings().idle());
    }
  }

  private void read() {
    while (phase != Phase.CLOSED && outbox.size() < OUTBOX_MAX) {
      Optional<Received> received = reader.next();
      if (received.isEmpty()) {
        if (!hasBeenPulled(in) && !isClosed(in)) {
          pull(in);
        }
        return;
      }
      received(received.get());
    }
  }

  private void received(Received received) {
    if (phase == Phase.OPEN) {
      switch (received) {
        case Received.Text(byte[] utf8) -> event(ClientEvent.read(utf8));
        case Received.Binary _ -> event(ClientEvent.binary());
        case Received.Ping(ByteString data) -> send(Frames.pong(data));
        case Received.Pong _ -> cancelTimer(Timer.PONG_LATE);
        case Received.Broken(CloseCode code, String reason) -> close(code, reason);
        case Received.Closed(int code) -> {
          phase = Phase.CLOSED;
          sayGoodbye(code, "");
        }
      }
    } else if (received instanceof Received.Closed) {
      phase = Phase.CLOSED;
      write();
    }
  }

  private void event(ClientEvent event) {
    rest();
    switch (event) {
      case Create create -> create(create);
      case Cancel cancel -> cancel(cancel);
      case ClientEvent.Refused(Optional<String> lane, Problem problem) ->
          send(ErrorEvents.of(problem, lane));
    }
  }

  private void create(Create create) {
    if (leaving) {
      send(ErrorEvents.of(Problem.of(ErrorCode.SHUTTING_DOWN, "the server stops"), create.lane()));
      return;
    }
    switch (lanes.create(create)) {
      case Lanes.Decision.Start start -> start(start);
      case Lanes.Decision.Wait _ -> {}
      case Lanes.Decision.Refuse(Problem problem) -> send(ErrorEvents.of(problem, create.lane()));
    }
  }

  private void start(Lanes.Decision.Start start) {
    cancelTimer(Timer.IDLE);
    Create create = start.create();
    long now = parts.ambient().nanos().getAsLong();
    String id = call.id() + "." + start.run();
    Response response = new Response(start.run(), create.lane(), id);
    running.put(start.run(), response);
    if (parts.access().again(call.caller(), now)
        instanceof Entry.TooMany(String message, long seconds)) {
      refuse(response, Problem.tooManyRequests(message), OptionalLong.of(seconds));
      return;
    }
    try {
      Call request = new Call(call.request(), id, call.caller(), now, response.gone);
      runs.start(request, CreateBody.of(create))
          .whenComplete((run, failure) ->
              begun.invoke(
                  new Begun(start.run(), Optional.ofNullable(run), Optional.ofNullable(failure))));
    } catch (RuntimeException e) {
      failed(response, e);
    }
  }

  /** A response began, or did not. */
  private record Begun(long run, Optional<Run> response, Optional<Throwable> failure) {}

  private void begun(Begun begun) {
    Response response = running.get(begun.run());
    if (response == null) {
      // The socket is being closed, and the request was told so.
      begun.response().ifPresent(run -> run.events().runWith(Sink.cancelled(), materializer()));
      return;
    }
    begun.failure().ifPresent(failure -> failed(response, failure));
    begun.response().ifPresent(response::begin);
  }

  private void failed(Response response, Throwable failure) {
    refuse(response, problem(failure, response.id), OptionalLong.empty());
  }

  private static Problem problem(Throwable failure, String requestId) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof LorikeetException e) {
      return Problem.of(e.code(), String.valueOf(e.getMessage()));
    }
    LOG.error("request {} failed", requestId, cause);
    return Problem.of(
        ErrorCode.INTERNAL, "the server failed; its log says more under request " + requestId);
  }

  private void refuse(Response response, Problem problem, OptionalLong retrySeconds) {
    log(response, problem.status());
    send(
        retrySeconds.isPresent()
            ? ErrorEvents.of(problem, response.lane, retrySeconds.getAsLong())
            : ErrorEvents.of(problem, response.lane));
    end(response);
  }

  private void log(Response response, int status) {
    LOG.info("request {} of {}: {} {}", response.id, principal(), call.path(), status);
  }

  private void end(Response response) {
    running.remove(response.run);
    lanes.ended(response.lane).ifPresent(this::start);
    if (leaving && lanes.quiet()) {
      close(CloseCode.GOING_AWAY, "the server stops");
    }
    rest();
  }

  private void cancel(Cancel cancel) {
    Optional<Response> meant =
        lanes.meant(cancel).flatMap(run -> Optional.ofNullable(running.get(run)));
    if (meant.isPresent()) {
      meant.get().cancel();
    } else if (cancel.responseId().isPresent()) {
      cancelStored(cancel.responseId().get(), cancel.lane());
    } else {
      send(ErrorEvents.of(ClientEvent.nothingRuns(), cancel.lane()));
    }
  }

  // One that was opened elsewhere may be cancelled as over HTTP; only a refusal is said, as the
  // response's own events tell who reads them.
  private void cancelStored(String responseId, Optional<String> lane) {
    runs.cancel(principal(), responseId)
        .whenComplete((_, failure) -> {
          if (failure != null) {
            told.invoke(ErrorEvents.of(problem(failure, call.id()), lane));
          }
        });
  }

  /** A response from the turn of its request to its last event. */
  private final class Response {
    final long run;
    final Optional<String> lane;
    final String id;
    final CompletableFuture<Done> gone = new CompletableFuture<>();
    private Optional<SubSinkInlet<ObjectNode>> events = Optional.empty();
    private Optional<ObjectNode> event = Optional.empty();
    private Optional<String> responseId = Optional.empty();
    private boolean cancelled;
    private boolean over;

    Response(long run, Optional<String> lane, String id) {
      this.run = run;
      this.lane = lane;
      this.id = id;
    }

    void begin(Run begun) {
      log(this, OK);
      responseId = Optional.of(begun.responseId());
      lanes.named(lane, begun.responseId());
      SubSinkInlet<ObjectNode> inlet = new SubSinkInlet<>("events of a response");
      events = Optional.of(inlet);
      inlet.setHandler(
          new AbstractInHandler() {
            @Override
            public void onPush() {
              event = Optional.of(inlet.grab());
              ready.add(Response.this);
              write();
            }

            @Override
            public void onUpstreamFinish() {
              over = true;
              if (event.isEmpty()) {
                end(Response.this);
              }
            }

            @Override
            public void onUpstreamFailure(Throwable failure) {
              ready.remove(Response.this);
              failed(Response.this, failure);
            }
          });
      begun.events().runWith(Sink.fromGraph(inlet.sink()), subFusingMaterializer());
      inlet.pull();
      if (cancelled) {
        cancel();
      }
    }

    ByteString take() {
      ObjectNode taken = event.orElseThrow();
      event = Optional.empty();
      lane.ifPresent(name -> taken.put("stream_id", name));
      return Frames.text(taken);
    }

    void written() {
      if (over) {
        end(this);
      } else {
        events.ifPresent(SubSinkInlet::pull);
      }
    }

    /** Its last events come as those of any response. */
    void cancel() {
      cancelled = true;
      responseId.filter(_ -> !over).ifPresent(known -> cancelStored(known, lane));
    }

    void abandon() {
      gone.complete(Done.getInstance());
      events.ifPresent(SubSinkInlet::cancel);
    }
  }

  private void send(ObjectNode event) {
    send(Frames.text(event));
  }

  private void send(ByteString frame) {
    if (phase == Phase.OPEN) {
      outbox.add(frame);
      write();
    }
  }

  private void write() {
    if (isAvailable(out)) {
      if (!outbox.isEmpty()) {
        push(out, outbox.remove());
        read();
      } else if (!ready.isEmpty()) {
        Response response = ready.remove();
        push(out, response.take());
        response.written();
      }
    }
    if (phase == Phase.CLOSED && outbox.isEmpty()) {
      completeStage();
    }
  }

  private void close(CloseCode code, String reason) {
    if (phase == Phase.OPEN) {
      phase = Phase.CLOSING;
      sayGoodbye(code.number(), reason);
    }
  }

  private void sayGoodbye(int code, String reason) {
    closeCode = code;
    abandonAll();
    cancelTimer(Timer.PING);
    cancelTimer(Timer.PONG_LATE);
    cancelTimer(Timer.IDLE);
    cancelTimer(Timer.DRAINED);
    scheduleOnce(Timer.CLOSE_LATE, parts.settings().closeWait());
    outbox.add(Frames.close(code, reason));
    write();
  }

  private void abandonAll() {
    running.values().forEach(Response::abandon);
    running.clear();
    ready.clear();
  }

  @Override
  public void postStop() {
    abandonAll();
    runs.close();
    parts.sockets().left(this);
    LOG.info(
        "socket {} of {}: closed with {} after {} requests",
        call.id(),
        principal(),
        closeCode,
        lanes.started());
  }
}
