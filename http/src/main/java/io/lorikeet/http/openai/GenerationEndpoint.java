package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.generation.AnswerWriter;
import io.lorikeet.http.generation.Collected;
import io.lorikeet.http.generation.Collector;
import io.lorikeet.http.generation.EventStream;
import io.lorikeet.http.generation.GenerationSource;
import io.lorikeet.http.generation.Ranking;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code POST /v1/chat/completions} and {@code POST /v1/completions}. The engine is asked first;
 * the head of a response goes out only after it accepted, so a refusal keeps its status.
 */
public final class GenerationEndpoint implements Endpoint {
  private static final String PREFIX = "data: ";

  private final Surface surface;
  private final Route route;

  private GenerationEndpoint(Surface surface, Route route) {
    this.surface = surface;
    this.route = route;
  }

  public static Endpoint chat(Surface surface) {
    return new GenerationEndpoint(surface, new ChatRoute(surface));
  }

  public static Endpoint completions(Surface surface) {
    return new GenerationEndpoint(surface, new CompletionsRoute(surface));
  }

  /** What the two routes do differently. */
  interface Route {
    OpenAiRequest read(Call call, ObjectNode body);

    AnswerWriter writer(OpenAiRequest request, Answer.Accepted accepted);
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.bodies().answer(call, object -> generate(call, route.read(call, object)));
  }

  private CompletionStage<HttpResponse> generate(Call call, OpenAiRequest request) {
    return surface
        .engine()
        .generate(request.generation())
        .thenCompose(answer ->
            switch (answer) {
              case Answer.Rejected(var code, var message) ->
                  CompletableFuture.completedStage(
                      Family.OPENAI.reply(Family.OPENAI.problem(code, message)));
              case Answer.Accepted accepted -> reply(call, request, accepted);
            });
  }

  private CompletionStage<HttpResponse> reply(
      Call call, OpenAiRequest request, Answer.Accepted accepted) {
    AnswerWriter writer = route.writer(request, accepted);
    if (request.form().stream()) {
      return CompletableFuture.completedStage(
          Replies.events(
              EventStream.of(
                  accepted.request(),
                  call.gone(),
                  writer,
                  PREFIX,
                  surface.settings().server().keepAlive())));
    }
    return Collector.collect(
            GenerationSource.of(accepted.request()),
            request.generation().sequences(),
            call.gone(),
            surface.engine().system())
        .thenApply(answer -> Replies.json(200, writer.whole(chosen(answer, request))));
  }

  /** Of each prompt's candidates the best, as many as the client wants to see, renumbered. */
  private static Collected chosen(Collected answer, OpenAiRequest request) {
    int wanted = request.form().choices();
    int candidates = request.generation().choices();
    if (candidates == wanted) {
      return answer;
    }
    List<Collected.Choice> best = new ArrayList<>();
    for (int first = 0; first < answer.choices().size(); first += candidates) {
      Ranking.bestFirst(answer.choices().subList(first, first + candidates)).stream()
          .limit(wanted)
          .forEach(choice -> best.add(choice.withIndex(best.size())));
    }
    return answer.withChoices(best);
  }

  private record ChatRoute(Surface surface) implements Route {
    @Override
    public OpenAiRequest read(Call call, ObjectNode body) {
      return ChatRequests.read(call, body, surface);
    }

    @Override
    public AnswerWriter writer(OpenAiRequest request, Answer.Accepted accepted) {
      String object = request.form().stream() ? "chat.completion.chunk" : "chat.completion";
      return new ChatWriter(
          envelope(surface, "chatcmpl-", object, request, accepted),
          request.form(),
          request.turn(),
          accepted.prompts().getFirst());
    }
  }

  private record CompletionsRoute(Surface surface) implements Route {
    @Override
    public OpenAiRequest read(Call call, ObjectNode body) {
      return CompletionRequests.read(call, body, surface);
    }

    @Override
    public AnswerWriter writer(OpenAiRequest request, Answer.Accepted accepted) {
      return new CompletionWriter(
          envelope(surface, "cmpl-", "text_completion", request, accepted),
          request.form(),
          accepted.prompts());
    }
  }

  private static Envelope envelope(
      Surface surface,
      String idPrefix,
      String object,
      OpenAiRequest request,
      Answer.Accepted accepted) {
    return new Envelope(
        idPrefix + surface.ambient().ids().get(),
        object,
        surface.ambient().epochSeconds(),
        request.form().model(),
        surface.fingerprint(),
        accepted.answerer());
  }
}
