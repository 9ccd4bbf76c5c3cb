package io.lorikeet.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.apache.pekko.Done;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;

/**
 * The requests and responses of one connection, one after the other. An answer that is still being
 * made is told when its client closes the connection; Pekko's own handler only finds out when it
 * writes. So is one that was made when the connection ended: its stream may never have begun.
 */
final class Exchanges extends GraphStage<FlowShape<HttpRequest, HttpResponse>> {
  private static final String LATE = "late";

  private final Inlet<HttpRequest> requests = Inlet.create("requests");
  private final Outlet<HttpResponse> responses = Outlet.create("responses");
  private final BiFunction<HttpRequest, CompletionStage<Done>, CompletionStage<HttpResponse>>
      answers;
  private final Duration headWait;

  /**
   * @param answers answers a request; the second argument completes when the client has gone before
   *     the response did, and at the latest with the connection. Must not fail
   * @param headWait how long the head of the next request may take; then the connection is closed
   */
  Exchanges(
      BiFunction<HttpRequest, CompletionStage<Done>, CompletionStage<HttpResponse>> answers,
      Duration headWait) {
    this.answers = answers;
    this.headWait = headWait;
  }

  @Override
  public FlowShape<HttpRequest, HttpResponse> shape() {
    return FlowShape.of(requests, responses);
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Connection();
  }

  private final class Connection extends TimerGraphStageLogic {
    private final AsyncCallback<HttpResponse> respond = createAsyncCallback(this::respond);
    // Of the last request.
    private CompletableFuture<Done> gone = new CompletableFuture<>();
    private boolean answering;

    Connection() {
      super(shape());
      setHandler(
          requests,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              begin(grab(requests));
            }

            @Override
            public void onUpstreamFinish() {
              if (answering) {
                gone.complete(Done.getInstance());
              } else {
                completeStage();
              }
            }

            @Override
            public void onUpstreamFailure(Throwable failure) {
              failStage(failure);
            }
          });
      setHandler(
          responses,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              if (isClosed(requests)) {
                completeStage();
              } else if (!hasBeenPulled(requests)) {
                scheduleOnce(LATE, headWait);
                pull(requests);
              }
            }
          });
    }

    private void begin(HttpRequest request) {
      cancelTimer(LATE);
      gone = new CompletableFuture<>();
      answering = true;
      answers
          .apply(request, gone)
          .whenComplete((response, failure) -> {
            if (failure != null) {
              throw new IllegalStateException("an answer must not fail", failure);
            }
            respond.invoke(response);
          });
    }

    private void respond(HttpResponse response) {
      answering = false;
      push(responses, response);
    }

    @Override
    public void onTimer(Object key) {
      completeStage();
    }

    @Override
    public void postStop() {
      gone.complete(Done.getInstance());
    }
  }
}
