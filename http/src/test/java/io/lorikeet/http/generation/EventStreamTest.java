package io.lorikeet.http.generation;

import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.RequestProtocol;
import io.lorikeet.http.json.Json;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The stream of an accepted request whose client goes early. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventStreamTest {
  private static final Duration LONG = Duration.ofSeconds(30);

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
  void aClientThatGoesBeforeTheStreamStartsLeavesTheRequest() {
    TestProbe<RequestProtocol> request = kit.createTestProbe();
    CompletableFuture<Done> gone = new CompletableFuture<>();
    stream(request, gone);

    gone.complete(Done.getInstance());

    request.expectMessage(LONG, RequestProtocol.Leave.INSTANCE);
  }

  @Test
  void aClientThatHadGoneBeforeTheRequestWasAcceptedLeavesItAtOnce() {
    TestProbe<RequestProtocol> request = kit.createTestProbe();

    stream(request, CompletableFuture.completedFuture(Done.getInstance()));

    request.expectMessage(LONG, RequestProtocol.Leave.INSTANCE);
  }

  @Test
  void aStreamThatStartedIsLeftToItsSink() {
    TestProbe<RequestProtocol> request = kit.createTestProbe();
    CompletableFuture<Done> gone = new CompletableFuture<>();
    stream(request, gone).runWith(Sink.ignore(), kit.system());
    request.expectMessageClass(RequestProtocol.Attach.class, LONG);

    gone.complete(Done.getInstance());

    request.ref().tell(RequestProtocol.Ack.INSTANCE);
    request.expectMessage(LONG, RequestProtocol.Ack.INSTANCE);
  }

  private static Source<ByteString, NotUsed> stream(
      TestProbe<RequestProtocol> request, CompletableFuture<Done> gone) {
    return EventStream.of(request.ref(), gone, new Silent(), "data: ", LONG);
  }

  private static final class Silent implements AnswerWriter {
    @Override
    public void frames(Frames frames, GenerationEvent event) {}

    @Override
    public byte[] whole(Collected answer) {
      return Json.bytes(json -> json.writeNull());
    }
  }
}
