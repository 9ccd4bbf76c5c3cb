package io.lorikeet.http.exchange;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Json;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.RequestEntity;
import org.apache.pekko.util.ByteString;

/** The JSON object that a request carries, or why there is none. */
public sealed interface Body {
  record Read(ObjectNode object) implements Body {}

  record Refused(Problem problem) implements Body {}

  /**
   * How bodies are read. A refusal waits for the rest of its body, as the connection is closed
   * behind it, and what is still on the way then can cost the client its answer. It does not wait
   * for more than a few times the largest body, nor where the client itself waits ({@code Expect}).
   *
   * @param bytesMax bytes of a body
   * @param arrival how long a body may take to arrive
   */
  record Reader(ActorSystem<?> system, long bytesMax, Duration arrival) {
    private static final int WAIT_FACTOR = 4;

    /**
     * Answers what a body holds; why there is none is answered in the form of the path's family.
     *
     * @param answers answers an object
     */
    public CompletionStage<HttpResponse> answer(
        Call call, Function<ObjectNode, CompletionStage<HttpResponse>> answers) {
      return read(call)
          .thenCompose(body ->
              switch (body) {
                case Refused(Problem problem) ->
                    CompletableFuture.completedStage(
                        Family.of(call.path()).reply(problem.of(call)));
                case Read(ObjectNode object) -> answers.apply(object);
              });
    }

    private CompletionStage<Body> read(Call call) {
      RequestEntity entity = call.request().entity();
      if (!isJson(entity.getContentType())) {
        Problem problem = Problem.notJson(entity.getContentType().toString());
        return discard(call).thenApply(_ -> new Refused(problem));
      }
      if (entity.getContentLengthOption().orElse(0) > bytesMax) {
        return discard(call).thenApply(_ -> new Refused(tooLarge()));
      }
      return intake(entity, bytesMax).thenApply(this::body);
    }

    /** Completes when the body was dropped, or is not waited for; never fails. */
    public CompletionStage<Done> discard(Call call) {
      RequestEntity entity = call.request().entity();
      boolean asks = call.request().getHeader("expect").isPresent();
      return entity.isStrict() || asks
          ? CompletableFuture.completedStage(Done.getInstance())
          : intake(entity, 0).thenApply(_ -> Done.getInstance());
    }

    // The stream is never cancelled: that would end the connection before the answer is written.
    // What nobody waits for any more is dropped until the connection ends behind the answer.
    private CompletionStage<Intake.Outcome> intake(RequestEntity entity, long keptMax) {
      Intake intake = new Intake(keptMax, bytesMax * WAIT_FACTOR);
      Cancellable timer =
          system.scheduler().scheduleOnce(arrival, intake::late, system.executionContext());
      entity
          .withoutSizeLimit()
          .getDataBytes()
          .runForeach(intake::add, system)
          .whenComplete((_, failure) -> {
            timer.cancel();
            intake.end(failure == null);
          });
      return intake.outcome();
    }

    private Body body(Intake.Outcome outcome) {
      return switch (outcome) {
        case Intake.Outcome.Whole(ByteString bytes) -> parse(bytes);
        case Intake.Outcome.TooLarge _ -> new Refused(tooLarge());
        case Intake.Outcome.Late _ -> new Refused(Problem.bodyTooSlow(arrival.toSeconds()));
        case Intake.Outcome.Broken _ ->
            new Refused(
                Problem.of(ErrorCode.REQUEST_INVALID, "the body ended before it was complete"));
      };
    }

    private static boolean isJson(ContentType type) {
      String subtype = type.mediaType().subType();
      return subtype.equals("json") || subtype.endsWith("+json");
    }

    private static Body parse(ByteString bytes) {
      try {
        return new Read(Json.readObject(bytes.toArray()));
      } catch (LorikeetException e) {
        return new Refused(Problem.of(e.code(), String.valueOf(e.getMessage())));
      }
    }

    private Problem tooLarge() {
      return Problem.of(
          ErrorCode.BODY_TOO_LARGE, "the body must have at most " + bytesMax + " bytes");
    }
  }
}
