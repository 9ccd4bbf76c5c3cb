package io.lorikeet.http.lorax;

import io.lorikeet.actors.Answer;
import io.lorikeet.actors.Ending;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.Target;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.http.access.Guard;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.generation.Collected;
import io.lorikeet.http.generation.Collector;
import io.lorikeet.http.generation.GenerationSource;
import io.lorikeet.http.json.Json;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code GET /startup}: lets the base write one token, and answers 200 when it did, else 500 with
 * the reason. Everybody may ask, so those who ask at the same time share one attempt.
 */
public final class StartupEndpoint implements Endpoint {
  private static final String DONE = "";

  private final Surface surface;
  private CompletableFuture<String> attempt = CompletableFuture.completedFuture(DONE);

  public StartupEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public Guard guard() {
    return Guard.OPEN;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return attempt(call).thenApply(StartupEndpoint::reply);
  }

  /** What went wrong; empty for a success. */
  private synchronized CompletionStage<String> attempt(Call call) {
    if (attempt.isDone()) {
      attempt =
          write(call.id(), call.principal())
              .handle((_, failure) -> failure == null ? DONE : reason(failure))
              .toCompletableFuture();
    }
    return attempt;
  }

  private CompletionStage<Collected> write(String id, String principal) {
    Generation generation =
        new Generation(
            id,
            principal,
            new Target.Adapter(Optional.empty()),
            List.of(new Prompt.Ids(new int[] {0})),
            1,
            OptionalInt.of(1),
            SamplingParams.GREEDY,
            new Ending(List.of(), false, List.of(), true, 0),
            false,
            OptionalInt.empty(),
            Optional.empty());
    return surface
        .engine()
        .generate(generation)
        .thenCompose(answer ->
            switch (answer) {
              case Answer.Rejected(var code, var message) ->
                  throw new LorikeetException(code, message);
              // Others wait for it too, so it goes on when the one who asked has gone.
              case Answer.Accepted accepted ->
                  Collector.collect(
                      GenerationSource.of(accepted.request()),
                      1,
                      new CompletableFuture<>(),
                      surface.engine().system());
            });
  }

  private static String reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof LorikeetException e
        ? String.valueOf(e.getMessage())
        : "no token could be written";
  }

  private static HttpResponse reply(String reason) {
    byte[] body =
        Json.bytes(json -> {
          json.writeStartObject();
          if (reason.isEmpty()) {
            json.writeStringField("status", "ok");
          } else {
            json.writeStringField("error", reason);
            json.writeStringField("error_type", "healthcheck");
          }
          json.writeEndObject();
        });
    return Replies.json(reason.isEmpty() ? 200 : 500, body);
  }
}
