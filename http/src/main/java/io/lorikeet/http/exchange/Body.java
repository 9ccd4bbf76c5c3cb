package io.lorikeet.http.exchange;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Json;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.RequestEntity;
import org.apache.pekko.http.scaladsl.model.EntityStreamSizeException;

/** The JSON object that a request carries, or why there is none. */
public sealed interface Body {
  record Read(ObjectNode object) implements Body {}

  record Refused(Problem problem) implements Body {}

  /**
   * How bodies are read.
   *
   * @param bytesMax bytes of a body
   * @param arrival how long a body may take to arrive
   */
  record Reader(ActorSystem<?> system, long bytesMax, Duration arrival) {
    // A client that sends a little too much reads its answer only after it has sent everything.
    private static final int DISCARD_FACTOR = 4;

    public CompletionStage<Body> read(Call call) {
      RequestEntity entity = call.request().entity();
      if (!isJson(entity.getContentType())) {
        return refused(entity, Problem.notJson(entity.getContentType().toString()));
      }
      if (entity.getContentLengthOption().orElse(0) > bytesMax) {
        return refused(entity, tooLarge());
      }
      return entity
          .withSizeLimit(bytesMax)
          .toStrict(arrival.toMillis(), bytesMax + 1, system.classicSystem())
          .handle((strict, failure) -> failure == null ? parse(strict) : failed(failure));
    }

    private CompletionStage<Body> refused(RequestEntity entity, Problem problem) {
      entity.withSizeLimit(bytesMax * DISCARD_FACTOR).discardBytes(system.classicSystem());
      return CompletableFuture.completedStage(new Refused(problem));
    }

    private static boolean isJson(ContentType type) {
      String subtype = type.mediaType().subType();
      return subtype.equals("json") || subtype.endsWith("+json");
    }

    private static Body parse(HttpEntity.Strict strict) {
      try {
        return new Read(Json.readObject(strict.getData().toArray()));
      } catch (LorikeetException e) {
        return new Refused(Problem.of(e.code(), String.valueOf(e.getMessage())));
      }
    }

    private Body failed(Throwable failure) {
      Throwable cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      return new Refused(
          switch (cause) {
            case EntityStreamSizeException _ -> tooLarge();
            case TimeoutException _ -> Problem.bodyTooSlow(arrival.toSeconds());
            default ->
                Problem.of(ErrorCode.REQUEST_INVALID, "the body ended before it was complete");
          });
    }

    private Problem tooLarge() {
      return Problem.of(
          ErrorCode.BODY_TOO_LARGE, "the body must have at most " + bytesMax + " bytes");
    }
  }
}
