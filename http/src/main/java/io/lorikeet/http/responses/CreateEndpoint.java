package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.generation.Frames;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.responses.EngineRuns.Launched;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;

/**
 * {@code POST /v1/responses}: whole, as server-sent events, or in the background. The head of a
 * response goes out only after the engine accepted, so a refusal keeps its status.
 */
final class CreateEndpoint implements Endpoint {
  private static final byte[] EVENT = ascii("event: ");
  private static final byte[] DATA = ascii("\ndata: ");
  private static final byte[] END = ascii("\n\n");

  private final Surface surface;
  private final EngineRuns runs;

  CreateEndpoint(Surface surface, EngineRuns runs) {
    this.surface = surface;
    this.runs = runs;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface
        .bodies()
        .answer(
            call, body -> runs.launch(call, body).thenCompose(launched -> reply(call, launched)));
  }

  private CompletionStage<HttpResponse> reply(Call call, Launched launched) {
    if (launched.request().background()) {
      launched.events().runWith(Sink.ignore(), surface.engine().system());
      return StoredEndpoint.reply(launched.response().now());
    }
    if (!launched.request().stream()) {
      return whole(call, launched).thenCompose(StoredEndpoint::reply);
    }
    return CompletableFuture.completedStage(
        Replies.events(
            launched
                .events()
                .map(CreateEndpoint::frame)
                .keepAlive(surface.settings().server().keepAlive(), () -> Frames.PING)));
  }

  private CompletionStage<ObjectNode> whole(Call call, Launched launched) {
    SharedKillSwitch open = KillSwitches.shared("response");
    call.gone()
        .thenRun(() -> open.abort(new LorikeetException(ErrorCode.SLOW_CLIENT, "client gone")));
    return launched
        .events()
        .via(open.flow())
        .runWith(Sink.last(), surface.engine().system())
        .thenApply(last -> {
          launched
              .response()
              .failure()
              .ifPresent(failure -> {
                throw failure;
              });
          return (ObjectNode) last.path("response");
        });
  }

  private static ByteString frame(ObjectNode event) {
    return ByteString.fromArrayUnsafe(EVENT)
        .concat(ByteString.fromString(event.path("type").asText(), StandardCharsets.US_ASCII))
        .concat(ByteString.fromArrayUnsafe(DATA))
        .concat(ByteString.fromArrayUnsafe(Json.bytes(json -> json.writeTree(event))))
        .concat(ByteString.fromArrayUnsafe(END));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
