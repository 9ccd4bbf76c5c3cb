package io.lorikeet.http.lorax;

import io.lorikeet.actors.TextResult;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.exchange.Surface;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Says of a request that was refused for its length what LoRAX says of it. LoRAX names the number
 * of tokens, so they are counted again; this costs only those who sent too much.
 */
record LengthRefusal(Surface surface, GenerateRequest request) {
  /** The refusal in LoRAX's words, or as it is where they can't be found. */
  CompletionStage<Problem> inLoraxsWords(Call call, Problem refusal) {
    if (!refusal.code().equals(ErrorCode.CONTEXT_LENGTH_EXCEEDED.wire())) {
      return CompletableFuture.completedStage(refusal);
    }
    return surface
        .engine()
        .work(call.principal(), request.tokens())
        .thenApply(result -> words(result).map(LengthRefusal::problem).orElse(refusal));
  }

  // What is too long to be tokenised at all stays as it is.
  private Optional<String> words(TextResult result) {
    return result instanceof TextResult.Tokens tokens
        ? words(Math.min(tokens.tokens().size(), request.truncate().orElse(Integer.MAX_VALUE)))
        : Optional.empty();
  }

  // The sum comes first there too.
  private Optional<String> words(int inputs) {
    int total = surface.engine().model().contextMax();
    int inputMax = surface.settings().requests().promptTokens(total);
    long asked = request.maxNewTokens().orElse(0);
    if (asked > 0 && inputs + asked > total) {
      return Optional.of(
          ("`inputs` tokens + `max_new_tokens` must be <= %d."
                  + " Given: %d `inputs` tokens and %d `max_new_tokens`")
              .formatted(total, inputs, asked));
    }
    return inputs > inputMax
        ? Optional.of(
            "`inputs` must have less than %d tokens. Given: %d".formatted(inputMax, inputs))
        : Optional.empty();
  }

  private static Problem problem(String words) {
    return Family.LORAX.problem(ErrorCode.CONTEXT_LENGTH_EXCEEDED, words);
  }
}
