package io.lorikeet.http.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.TextResult;
import io.lorikeet.actors.TextTask;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.openai.ChatPrompts;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** {@code POST /v1/messages/count_tokens}: how many tokens the prompt of a message has. */
public final class CountTokensEndpoint implements Endpoint {
  public static final String PATH = "/v1/messages/count_tokens";

  private final Surface surface;

  public CountTokensEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.bodies().answer(call, body -> count(call, body));
  }

  private CompletionStage<HttpResponse> count(Call call, ObjectNode body) {
    RequestSettings limits = surface.settings().requests();
    Fields chat = new Fields(MessageRequests.prompt(body, limits));
    TextTask task = new TextTask.EncodeChat(ChatPrompts.read(chat, limits), false);
    return known(call, chat.requiredText("model"))
        .thenCompose(_ -> surface.engine().work(call.principal(), task))
        .thenApply(result ->
            switch (result) {
              case TextResult.Tokens tokens ->
                  Replies.json(
                      200,
                      Json.bytes(json -> {
                        json.writeStartObject();
                        json.writeNumberField("input_tokens", tokens.tokens().size());
                        json.writeEndObject();
                      }));
              case TextResult.Rejected(ErrorCode code, String message) ->
                  Family.ANTHROPIC.reply(Family.ANTHROPIC.problem(code, message).of(call));
              case TextResult.Text _ -> throw new IllegalStateException("tokens were asked for");
            });
  }

  // All models have the base's tokens, but a name that nobody has is a mistake of the client's.
  private CompletionStage<String> known(Call call, String model) {
    if (model.equals(surface.engine().model().name())) {
      return CompletableFuture.completedStage(model);
    }
    return surface
        .engine()
        .adapters()
        .thenApply(all -> {
          if (all.stream().noneMatch(a -> a.name().equals(model) && call.caller().mayUse(model))) {
            throw new LorikeetException(
                ErrorCode.MODEL_NOT_FOUND,
                "there is no model `" + model + "`; GET /v1/models lists all");
          }
          return model;
        });
  }
}
