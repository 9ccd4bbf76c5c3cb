package io.lorikeet.http.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Answer;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.generation.Collector;
import io.lorikeet.http.generation.EventStream;
import io.lorikeet.http.generation.GenerationSource;
import io.lorikeet.http.openai.ChatRequests;
import io.lorikeet.http.openai.OpenAiRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code POST /v1/messages}. The engine is asked first; the head of a response goes out only after
 * it accepted, so a refusal keeps its status.
 */
public final class MessagesEndpoint implements Endpoint {
  public static final String PATH = "/v1/messages";

  private final Surface surface;

  public MessagesEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.bodies().answer(call, body -> generate(call, body));
  }

  private CompletionStage<HttpResponse> generate(Call call, ObjectNode body) {
    ObjectNode chat = MessageRequests.chat(body, surface.settings().requests());
    OpenAiRequest request = ChatRequests.read(call, chat, surface);
    return surface
        .engine()
        .generate(request.generation())
        .thenCompose(answer ->
            switch (answer) {
              case Answer.Rejected(var code, var message) ->
                  CompletableFuture.completedStage(
                      Family.ANTHROPIC.reply(Family.ANTHROPIC.problem(code, message).of(call)));
              case Answer.Accepted accepted -> reply(call, request, accepted);
            });
  }

  private CompletionStage<HttpResponse> reply(
      Call call, OpenAiRequest request, Answer.Accepted accepted) {
    MessageWriter writer =
        new MessageWriter(
            call,
            "msg_" + surface.ambient().ids().get(),
            request.form().model(),
            request.turn(),
            accepted.prompts().getFirst().length);
    if (request.form().stream()) {
      return CompletableFuture.completedStage(
          Replies.events(
              EventStream.of(
                  accepted.request(),
                  call.gone(),
                  writer,
                  "data: ",
                  surface.settings().server().keepAlive())));
    }
    return Collector.collect(
            GenerationSource.of(accepted.request()),
            request.generation().sequences(),
            call.gone(),
            surface.engine().system())
        .thenApply(answer -> Replies.json(200, writer.whole(answer)));
  }
}
