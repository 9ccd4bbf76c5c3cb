package io.lorikeet.actors;

import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenBias;
import io.lorikeet.engine.text.StopMatcher;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * The limits that a request must hold. Those of {@link #check} need no work and are checked before
 * anything is started for it.
 *
 * @param adaptersMax adapters of one request
 * @param contextMax prompt and new tokens of one sequence
 * @param vocabSize token ids must be smaller
 * @param hasText whether there is a tokenizer, so that stop strings can be found
 */
record RequestLimits(
    RequestSettings settings, int adaptersMax, int contextMax, int vocabSize, boolean hasText) {
  private static final float PENALTY_MAX = 2f;
  private static final float BIAS_MAX = 100f;

  /**
   * Checks all but names and the prompt.
   *
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE, REQUEST_INVALID or TOKENIZER_MISSING
   */
  void check(Generation generation) {
    between("prompt", generation.prompts().size(), 1, settings.promptsMax());
    between("n", generation.choices(), 1, settings.choicesMax());
    check(generation.target());
    check(generation.ending());
    OptionalInt maxNewTokens = generation.maxNewTokens();
    if (maxNewTokens.isPresent() && maxNewTokens.getAsInt() < 0) {
      throw outOfRange("`max_tokens` must be >= 0. Given: " + maxNewTokens.getAsInt());
    }
    generation.timeout().ifPresent(this::check);
    check(generation.sampling());
    checkWords(generation.badWords());
    between(
        "prompt_logprobs", generation.promptLogprobs().orElse(-1), -1, settings.topLogprobsMax());
  }

  /**
   * As {@link #check(Generation)}.
   *
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE
   */
  void check(Embedding embedding) {
    between("input", embedding.prompts().size(), 1, settings.embeddingInputsMax());
    check(embedding.target());
    embedding.timeout().ifPresent(this::check);
  }

  /**
   * Checks what a prompt brings to a request for vectors.
   *
   * @param tokens of the prompt
   * @param soFar tokens of the request up to it
   * @throws LorikeetException CONTEXT_LENGTH_EXCEEDED, PARAMETER_OUT_OF_RANGE
   */
  void checkEmbedded(int tokens, long soFar) {
    int most = settings.promptTokensAlone(contextMax);
    if (tokens > most) {
      throw new LorikeetException(
          ErrorCode.CONTEXT_LENGTH_EXCEEDED,
          "each input must have at most %d tokens. Given: %d".formatted(most, tokens));
    }
    if (soFar > settings.embeddingTokensMax()) {
      throw outOfRange(
          "`input` must have at most %d tokens in all. Given: more"
              .formatted(settings.embeddingTokensMax()));
    }
  }

  private void check(Duration timeout) {
    if (!timeout.isPositive() || timeout.compareTo(settings.timeoutMax()) > 0) {
      throw outOfRange(
          "`timeout` must be > 0 and <= %d s. Given: %s"
              .formatted(settings.timeoutMax().toSeconds(), timeout));
    }
  }

  private void check(Target target) {
    if (Targets.count(target) > adaptersMax) {
      throw outOfRange(
          "at most %d adapters may answer together. Given: %d"
              .formatted(adaptersMax, Targets.count(target)));
    }
  }

  private void check(Ending ending) {
    StopMatcher.check(ending.stop(), settings.stopsMax(), settings.stopCharactersMax());
    if (!ending.stop().isEmpty() && !hasText) {
      throw new LorikeetException(
          ErrorCode.TOKENIZER_MISSING,
          "`stop` needs text, and the model folder has no tokenizer.json");
    }
    if (ending.stopTokenIds().size() > settings.stopsMax()) {
      throw outOfRange(
          "`stop_token_ids` must hold at most %d ids. Given: %d"
              .formatted(settings.stopsMax(), ending.stopTokenIds().size()));
    }
    ending.stopTokenIds().forEach(id -> between("stop_token_ids", id, 0, vocabSize - 1));
    if (ending.minTokens() < 0) {
      throw outOfRange("`min_tokens` must be >= 0. Given: " + ending.minTokens());
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
    if (!(sampling.typicalP() > 0 && sampling.typicalP() <= 1)) {
      throw outOfRange("`typical_p` must be > 0 and <= 1. Given: " + sampling.typicalP());
    }
    check(sampling.penalties());
    check(sampling.bias());
    for (int id : sampling.rules().allowed()) {
      between("allowed_token_ids", id, 0, vocabSize - 1);
    }
  }

  private void checkWords(List<String> words) {
    if (words.size() > settings.badWordsMax()) {
      throw outOfRange(
          "`bad_words` must hold at most %d words. Given: %d"
              .formatted(settings.badWordsMax(), words.size()));
    }
    for (String word : words) {
      int characters = word.codePointCount(0, word.length());
      if (word.isBlank() || characters > settings.stopCharactersMax()) {
        throw outOfRange(
            "`bad_words` must hold words of 1 to %d characters, not all of them blank. Given: %d"
                .formatted(settings.stopCharactersMax(), characters));
      }
    }
  }

  private static void check(Penalties penalties) {
    if (!(penalties.repetition() > 0) || Float.isInfinite(penalties.repetition())) {
      throw outOfRange("`repetition_penalty` must be > 0. Given: " + penalties.repetition());
    }
    atMost("frequency_penalty", penalties.frequency(), PENALTY_MAX);
    atMost("presence_penalty", penalties.presence(), PENALTY_MAX);
  }

  private void check(TokenBias bias) {
    if (bias.ids().length > settings.logitBiasMax()) {
      throw outOfRange(
          "`logit_bias` must hold at most %d tokens. Given: %d"
              .formatted(settings.logitBiasMax(), bias.ids().length));
    }
    for (int i = 0; i < bias.ids().length; i++) {
      between("logit_bias", bias.ids()[i], 0, vocabSize - 1);
      atMost("logit_bias", bias.values()[i], BIAS_MAX);
    }
  }

  private static void atMost(String name, float value, float most) {
    if (!(Math.abs(value) <= most)) {
      throw outOfRange(
          "`%s` must be >= -%s and <= %s. Given: %s".formatted(name, most, most, value));
    }
  }

  /**
   * How many tokens an answer may have.
   *
   * @param asked empty: what the context leaves; 0: the prompt may fill the context
   * @throws LorikeetException CONTEXT_LENGTH_EXCEEDED, PARAMETER_OUT_OF_RANGE
   */
  int newTokens(int promptTokens, OptionalInt asked, Ending ending) {
    int left = contextMax - promptTokens;
    if (left < 1 && asked.orElse(1) > 0) {
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
    int promptMost =
        asked.orElse(1) == 0
            ? settings.promptTokensAlone(contextMax)
            : settings.promptTokens(contextMax);
    if (promptTokens > promptMost) {
      throw new LorikeetException(
          ErrorCode.CONTEXT_LENGTH_EXCEEDED,
          "the prompt must have at most %d tokens. Given: %d".formatted(promptMost, promptTokens));
    }
    int most = asked.orElse(left);
    if (ending.minTokens() > most) {
      throw outOfRange(
          "`min_tokens` must be <= the %d new tokens that the answer may have. Given: %d"
              .formatted(most, ending.minTokens()));
    }
    return most;
  }

  /**
   * Checks how many tokens of prompts are to be told with their log probabilities.
   *
   * @param tokens of all prompts
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE
   */
  void checkScored(long tokens) {
    if (tokens > settings.scoredTokensMax()) {
      throw outOfRange(
          "log probabilities of at most %d prompt tokens may be asked for at once. Given: %d"
              .formatted(settings.scoredTokensMax(), tokens));
    }
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
