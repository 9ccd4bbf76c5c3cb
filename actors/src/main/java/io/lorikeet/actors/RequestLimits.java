package io.lorikeet.actors;

import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.text.StopMatcher;
import java.util.OptionalInt;

/**
 * The limits that a request must hold. Those of {@link #check} need no work and are checked before
 * anything is started for it.
 *
 * @param adaptersMax adapters of one request
 * @param contextMax prompt and new tokens of one sequence
 * @param hasText whether there is a tokenizer, so that stop strings can be found
 */
record RequestLimits(RequestSettings settings, int adaptersMax, int contextMax, boolean hasText) {
  /**
   * Checks all but names and the prompt.
   *
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE, REQUEST_INVALID or TOKENIZER_MISSING
   */
  void check(Generation generation) {
    between("n", generation.choices(), 1, settings.choicesMax());
    check(generation.target());
    StopMatcher.check(generation.stop(), settings.stopsMax(), settings.stopCharactersMax());
    if (!generation.stop().isEmpty() && !hasText) {
      throw new LorikeetException(
          ErrorCode.TOKENIZER_MISSING,
          "`stop` needs text, and the model folder has no tokenizer.json");
    }
    OptionalInt maxNewTokens = generation.maxNewTokens();
    if (maxNewTokens.isPresent() && maxNewTokens.getAsInt() < 1) {
      throw outOfRange("`max_tokens` must be >= 1. Given: " + maxNewTokens.getAsInt());
    }
    generation
        .timeout()
        .ifPresent(timeout -> {
          if (!timeout.isPositive() || timeout.compareTo(settings.timeoutMax()) > 0) {
            throw outOfRange(
                "`timeout` must be > 0 and <= %d s. Given: %s"
                    .formatted(settings.timeoutMax().toSeconds(), timeout));
          }
        });
    check(generation.sampling());
  }

  private void check(Target target) {
    if (Targets.count(target) > adaptersMax) {
      throw outOfRange(
          "at most %d adapters may answer together. Given: %d"
              .formatted(adaptersMax, Targets.count(target)));
    }
  }

  private void check(SamplingParams sampling) {
    between("top_logprobs", sampling.topLogprobs(), -1, settings.topLogprobsMax());
    if (!(sampling.temperature() >= 0) || Float.isInfinite(sampling.temperature())) {
      throw outOfRange("`temperature` must be >= 0. Given: " + sampling.temperature());
    }
    if (sampling.topK() < 0) {
      throw outOfRange("`top_k` must be >= 0. Given: " + sampling.topK());
    }
    if (!(sampling.topP() > 0 && sampling.topP() <= 1)) {
      throw outOfRange("`top_p` must be > 0 and <= 1. Given: " + sampling.topP());
    }
    if (!(sampling.minP() >= 0 && sampling.minP() <= 1)) {
      throw outOfRange("`min_p` must be >= 0 and <= 1. Given: " + sampling.minP());
    }
  }

  /**
   * How many tokens an answer may have.
   *
   * @param asked empty: what the context leaves
   * @throws LorikeetException CONTEXT_LENGTH_EXCEEDED
   */
  int newTokens(int promptTokens, OptionalInt asked) {
    int left = contextMax - promptTokens;
    if (left < 1) {
      throw new LorikeetException(
          ErrorCode.CONTEXT_LENGTH_EXCEEDED,
          "the prompt must leave room for a token within the context of %d tokens. Given: %d"
              .formatted(contextMax, promptTokens));
    }
    if (asked.orElse(left) > left) {
      throw new LorikeetException(
          ErrorCode.CONTEXT_LENGTH_EXCEEDED,
          "prompt and `max_tokens` must be at most %d tokens together. Given: %d + %d"
              .formatted(contextMax, promptTokens, asked.getAsInt()));
    }
    return asked.orElse(left);
  }

  private static void between(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw outOfRange(
          "`%s` must be >= %d and <= %d. Given: %d".formatted(name, least, most, value));
    }
  }

  private static LorikeetException outOfRange(String message) {
    return new LorikeetException(ErrorCode.PARAMETER_OUT_OF_RANGE, message);
  }
}
