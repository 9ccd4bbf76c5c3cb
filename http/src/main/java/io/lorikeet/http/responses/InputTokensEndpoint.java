package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Engine.AdapterStatus;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.TextResult;
import io.lorikeet.actors.TextTask;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import io.lorikeet.http.responses.request.RequestReader;
import io.lorikeet.http.responses.request.ResponseRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** {@code POST /v1/responses/input_tokens}: how many tokens the model would read. */
final class InputTokensEndpoint implements Endpoint {
  private static final String MODEL = "model";

  private final Surface surface;
  private final EngineRuns runs;

  InputTokensEndpoint(Surface surface, EngineRuns runs) {
    this.surface = surface;
    this.runs = runs;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return surface.bodies().answer(call, body -> count(call, body));
  }

  private CompletionStage<HttpResponse> count(Call call, ObjectNode body) {
    Fields fields = new Fields(body);
    Refused.check(
        fields, List.of(Refused.always("truncate_prompt_tokens"), Refused.always("personality")));
    String base = surface.engine().model().name();
    String model = fields.text(MODEL).orElse(base);
    ResponseRequest request =
        RequestReader.read(
            body.put(MODEL, model), runs.remembered(call), surface.ambient().ids().get());
    Prompt prompt = runs.chat(call, request.chat()).generation().prompts().getFirst();
    if (!(prompt instanceof Prompt.Chat chat)) {
      throw new IllegalStateException("a chat was read");
    }
    return known(call, model, base)
        .thenCompose(
            _ -> surface.engine().work(call.principal(), new TextTask.EncodeChat(chat, false)))
        .thenCompose(InputTokensEndpoint::reply);
  }

  private static CompletionStage<HttpResponse> reply(TextResult result) {
    return switch (result) {
      case TextResult.Tokens(var tokens) ->
          StoredEndpoint.reply(
              JsonNodeFactory.instance
                  .objectNode()
                  .put("object", "response.input_tokens")
                  .put("input_tokens", tokens.size()));
      case TextResult.Rejected(ErrorCode code, String message) ->
          throw new LorikeetException(code, message);
      case TextResult.Text _ -> throw new IllegalStateException("tokens were asked for");
    };
  }

  // Adapters have the base's tokens, but a name that nobody has is a mistake of the client's.
  private CompletionStage<?> known(Call call, String model, String base) {
    if (model.isEmpty() || model.equals(base)) {
      return CompletableFuture.completedStage(model);
    }
    String adapter = model.startsWith(base + ":") ? model.substring(base.length() + 1) : model;
    return surface
        .engine()
        .adapters()
        .thenApply(all -> {
          if (!call.caller().mayUse(adapter)
              || all.stream().map(AdapterStatus::name).noneMatch(adapter::equals)) {
            throw new LorikeetException(
                ErrorCode.MODEL_NOT_FOUND,
                "there is no model `" + model + "`; GET /v1/models lists all");
          }
          return all;
        });
  }
}
