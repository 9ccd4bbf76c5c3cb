package io.lorikeet.config;

import java.time.Duration;

/**
 * Limits of one request.
 *
 * @param stopsMax stop strings
 * @param stopCharactersMax characters (code points) of a stop string
 * @param promptsMax prompts of one completion request
 * @param embeddingInputsMax inputs of one request for embeddings
 * @param embeddingTokensMax tokens of all its inputs
 * @param choicesMax {@code n} and {@code best_of}
 * @param topLogprobsMax most likely tokens that may be asked for with every token
 * @param scoredTokensMax prompt tokens of one request that come with log probabilities
 * @param badWordsMax words of {@code bad_words}, each as long as a stop string may be
 * @param logitBiasMax tokens of {@code logit_bias}
 * @param streamCredit tokens of one choice that may be drawn before the client has read them
 * @param timeoutMax longest {@code timeout} that a request may ask for
 * @param templateStepsMax steps of rendering a chat template
 * @param templateBytesMax bytes of a chat template
 * @param templateOutputMax characters that a chat template may give out
 * @param toolsMax functions that a request may declare
 * @param toolsBytesMax bytes of their definitions, as JSON
 * @param toolCallsMax calls of one answer; what follows stays text
 * @param toolCallCharactersMax characters of one call; a longer one ends there or stays text
 * @param controlTokensInMessages whether a control token that a message spells is one
 * @param promptTokensMax tokens of a prompt; 0: all but one of the context
 * @param totalTokensMax prompt and new tokens of one sequence; 0: the model's context
 * @param concurrentMax sequences that may run and wait at once; 0: as many as seats and the queue
 *     hold
 */
public record RequestSettings(
    int stopsMax,
    int stopCharactersMax,
    int promptsMax,
    int embeddingInputsMax,
    int embeddingTokensMax,
    int choicesMax,
    int topLogprobsMax,
    int scoredTokensMax,
    int badWordsMax,
    int logitBiasMax,
    int streamCredit,
    Duration timeoutMax,
    int templateStepsMax,
    int templateBytesMax,
    int templateOutputMax,
    int toolsMax,
    int toolsBytesMax,
    int toolCallsMax,
    int toolCallCharactersMax,
    boolean controlTokensInMessages,
    int promptTokensMax,
    int totalTokensMax,
    int concurrentMax) {
  public RequestSettings {
    Checks.atLeast("requests.stops-max", stopsMax, 0);
    Checks.atLeast("requests.stop-characters-max", stopCharactersMax, 1);
    Checks.atLeast("requests.prompts-max", promptsMax, 1);
    Checks.atLeast("requests.embedding-inputs-max", embeddingInputsMax, 1);
    Checks.atLeast("requests.embedding-tokens-max", embeddingTokensMax, 1);
    Checks.atLeast("requests.choices-max", choicesMax, 1);
    Checks.atLeast("requests.top-logprobs-max", topLogprobsMax, 0);
    Checks.atLeast("requests.scored-tokens-max", scoredTokensMax, 0);
    Checks.atLeast("requests.bad-words-max", badWordsMax, 0);
    Checks.atLeast("requests.logit-bias-max", logitBiasMax, 0);
    Checks.atLeast("requests.stream-credit", streamCredit, 1);
    Checks.positive("requests.timeout-max", timeoutMax);
    Checks.atLeast("requests.template-steps-max", templateStepsMax, 1);
    Checks.atLeast("requests.template-bytes-max", templateBytesMax, 1);
    Checks.atLeast("requests.template-output-max", templateOutputMax, 1);
    Checks.atLeast("requests.tools-max", toolsMax, 0);
    Checks.atLeast("requests.tools-bytes-max", toolsBytesMax, 1);
    Checks.atLeast("requests.tool-calls-max", toolCallsMax, 1);
    Checks.atLeast("requests.tool-call-characters-max", toolCallCharactersMax, 1);
    Checks.atLeast("requests.prompt-tokens-max", promptTokensMax, 0);
    Checks.atLeast("requests.total-tokens-max", totalTokensMax, 0);
    Checks.atLeast("requests.concurrent-max", concurrentMax, 0);
    if (totalTokensMax > 0 && promptTokensMax >= totalTokensMax) {
      throw new IllegalArgumentException(
          "`requests.prompt-tokens-max` must be < `requests.total-tokens-max`. Given: %d and %d"
              .formatted(promptTokensMax, totalTokensMax));
    }
  }

  /** Prompt and new tokens of one sequence, where the model and its cache hold so many. */
  public int totalTokens(int contextMax) {
    return totalTokensMax == 0 ? contextMax : Math.min(totalTokensMax, contextMax);
  }

  /** Tokens of a prompt, where a sequence may have so many; one is left for the answer. */
  public int promptTokens(int totalTokens) {
    return promptTokensMax == 0 ? totalTokens - 1 : Math.min(promptTokensMax, totalTokens - 1);
  }

  /** As {@link #promptTokens}, of a prompt that gets no answer. */
  public int promptTokensAlone(int totalTokens) {
    return promptTokensMax == 0 ? totalTokens : Math.min(promptTokensMax, totalTokens);
  }

  /** Sequences that may run and wait at once, where so many have a place. */
  public int concurrent(int places) {
    return concurrentMax == 0 ? places : Math.min(concurrentMax, places);
  }
}
