package io.lorikeet.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.SourceQueueWithComplete;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** One connection, whose ends a test holds. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExchangesTest {
  private ActorTestKit kit;

  @BeforeAll
  void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void aClientThatClosesWhileItsAnswerIsMadeIsGone() throws Exception {
    Connection connection = new Connection(TestServer.LONG);
    connection.send();
    Exchange exchange = connection.exchange();
    assertFalse(exchange.isGone());

    connection.requests.complete();

    exchange.awaitGone();
  }

  @Test
  void aClientIsGoneWhenItsConnectionEndsBehindItsAnswer() throws Exception {
    Connection connection = new Connection(TestServer.LONG);
    connection.send();
    Exchange exchange = connection.exchange();
    exchange.response().complete(HttpResponse.create());
    assertEquals(200, connection.takeStatus());
    assertFalse(exchange.isGone());

    connection.responses.cancel();

    exchange.awaitGone();
  }

  @Test
  void aClientThatReadsItsAnswersAndGoesOnIsNotGone() throws Exception {
    Connection connection = new Connection(TestServer.LONG);
    connection.send();
    Exchange first = connection.exchange();
    first.response().complete(HttpResponse.create());
    assertEquals(200, connection.takeStatus());
    connection.send();
    CompletionStage<?> second = connection.responses.pull();
    Exchange next = connection.exchange();

    next.response().complete(HttpResponse.create().withStatus(404));
    TestServer.await(second.toCompletableFuture());

    assertFalse(first.isGone());
    assertFalse(next.isGone());
  }

  @Test
  void aConnectionThatBringsNoRequestIsClosed() {
    Connection connection = new Connection(Duration.ofMillis(50));

    assertEquals(
        Optional.empty(), TestServer.await(connection.responses.pull().toCompletableFuture()));
  }

  @Test
  void aRequestThatCameInTimeMayTakeAsLongAsItTakes() throws Exception {
    Duration headWait = Duration.ofMillis(300);
    Connection working = new Connection(headWait);
    working.send();
    Exchange exchange = working.exchange();
    Connection silent = new Connection(headWait);

    TestServer.await(silent.responses.pull().toCompletableFuture());
    exchange.response().complete(HttpResponse.create());

    assertEquals(200, working.takeStatus());
  }

  /** A request that is being answered. */
  private record Exchange(CompletableFuture<Done> gone, CompletableFuture<HttpResponse> response) {
    boolean isGone() {
      return gone.isDone();
    }

    void awaitGone() {
      TestServer.await(gone);
    }
  }

  private final class Connection {
    private final BlockingQueue<Exchange> exchanges = new LinkedBlockingQueue<>();
    private final SourceQueueWithComplete<HttpRequest> requests;
    private final SinkQueueWithCancel<HttpResponse> responses;

    Connection(Duration headWait) {
      Pair<SourceQueueWithComplete<HttpRequest>, SinkQueueWithCancel<HttpResponse>> ends =
          Source.<HttpRequest>queue(2, OverflowStrategy.fail())
              .via(Flow.fromGraph(new Exchanges(this::answer, headWait)))
              .toMat(Sink.queue(), Keep.both())
              .run(kit.system());
      requests = ends.first();
      responses = ends.second();
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request, CompletionStage<Done> gone) {
      Exchange exchange = new Exchange(gone.toCompletableFuture(), new CompletableFuture<>());
      exchanges.add(exchange);
      return exchange.response();
    }

    void send() {
      requests.offer(HttpRequest.create());
    }

    Exchange exchange() throws InterruptedException {
      Exchange exchange = exchanges.poll(TestServer.LONG.toSeconds(), TimeUnit.SECONDS);
      if (exchange == null) {
        throw new AssertionError("no request reached its answer");
      }
      return exchange;
    }

    int takeStatus() {
      return TestServer.await(responses.pull().toCompletableFuture())
          .orElseThrow()
          .status()
          .intValue();
    }
  }
}
