package io.lorikeet.http.text;

import io.lorikeet.actors.TextResult;
import io.lorikeet.actors.TextTask;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.exchange.Replies;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Json;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** A piece of text work and the form in which its result goes out. */
record TextReply(Optional<String> model, TextTask task, Form form) {
  /** What a result looks like. */
  @FunctionalInterface
  interface Form {
    Json.Value of(TextResult result);
  }

  /** A form for tokens. */
  static Form tokens(Function<TextResult.Tokens, Json.Value> form) {
    return result ->
        switch (result) {
          case TextResult.Tokens tokens -> form.apply(tokens);
          case TextResult.Text _, TextResult.Rejected _ ->
              throw new IllegalStateException("tokens were asked for");
        };
  }

  /** A form for text. */
  static Form text(Function<String, Json.Value> form) {
    return result ->
        switch (result) {
          case TextResult.Text(String text) -> form.apply(text);
          case TextResult.Tokens _, TextResult.Rejected _ ->
              throw new IllegalStateException("a text was asked for");
        };
  }

  /** Reads a body, has the work done and answers. */
  static CompletionStage<HttpResponse> answer(
      Surface surface, Call call, Function<Fields, TextReply> read) {
    return surface
        .bodies()
        .answer(call, object -> read.apply(new Fields(object)).run(surface, call));
  }

  private CompletionStage<HttpResponse> run(Surface surface, Call call) {
    return known(surface, call)
        .thenCompose(_ -> surface.engine().work(call.principal(), task))
        .thenApply(result ->
            result instanceof TextResult.Rejected(ErrorCode code, String message)
                ? Family.LORAX.reply(problem(code, message))
                : Replies.json(200, Json.bytes(form.of(result))));
  }

  // All models have the base's texts, but a name that nobody has is a mistake of the client's.
  private CompletionStage<?> known(Surface surface, Call call) {
    if (model.isEmpty() || model.get().equals(surface.engine().model().name())) {
      return CompletableFuture.completedStage(model);
    }
    String name = model.get();
    return surface
        .engine()
        .adapters()
        .thenApply(all -> {
          if (all.stream().noneMatch(a -> a.name().equals(name) && call.caller().mayUse(name))) {
            throw new LorikeetException(
                ErrorCode.MODEL_NOT_FOUND,
                "there is no model `" + name + "`; GET /v1/models lists all");
          }
          return model;
        });
  }

  // As LoRAX says that there is no tokenizer.
  private static Problem problem(ErrorCode code, String message) {
    Problem problem = Family.LORAX.problem(code, message);
    return code == ErrorCode.TOKENIZER_MISSING || code == ErrorCode.CHAT_TEMPLATE_MISSING
        ? new Problem(404, problem.code(), message, problem.about())
        : problem;
  }
}
