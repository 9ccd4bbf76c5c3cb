package io.lorikeet.http.lorax;

import static io.lorikeet.http.json.Refused.always;
import static io.lorikeet.http.json.Refused.unless;
import static io.lorikeet.http.json.Refused.unlessEmpty;
import static io.lorikeet.http.json.Refused.unlessText;

import io.lorikeet.actors.Target;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.adapters.AdapterFields;
import io.lorikeet.http.json.Refused;
import io.lorikeet.http.json.Stops;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.Stream;

/** LoRAX's rules in LoRAX's order and words, then what is not implemented here. */
final class GenerateChecks {
  private static final int SEED_BITS = 64;
  static final List<Refused> UNIMPLEMENTED =
      List.of(
          unless("adapter_source", "local"),
          // For the source of an adapter; ours are local and need none, so it changes nothing.
          unlessText("api_token"),
          unless("watermark", false),
          always("response_format"),
          always("schema"),
          always("grammar"),
          // Names of other servers' routes that LoRAX does not know; a client means them.
          unlessEmpty("stop_sequences"),
          unless("min_new_tokens", 0),
          unless("top_n_tokens", 0));
  private static final List<String> ADAPTER_FIELDS =
      Stream.concat(
              AdapterFields.NAMES.stream(),
              Stream.of("adapter_id", "adapter_source", "merged_adapters"))
          .toList();

  private GenerateChecks() {}

  /**
   * Checks all but what needs the prompt's tokens.
   *
   * @param inputMax tokens that a prompt can have
   */
  static void check(GenerateRequest request, RequestSettings limits, int inputMax, boolean stream) {
    ranges(request, limits, inputMax);
    bestOf(request, limits.choicesMax(), stream);
    if (stream && request.prefillDetails()) {
      throw broken("`decoder_input_details` == true is not supported when streaming tokens");
    }
    Refused.check(request.parameters(), UNIMPLEMENTED);
    Refused.checkAdapterLike(request.parameters(), ADAPTER_FIELDS);
    Refused.checkAdapterLike(request.body(), List.of());
  }

  /** Refuses a chat where the model has no template for it. */
  static void chat(GenerateRequest request, boolean hasChatTemplate) {
    if (request.chat() && !hasChatTemplate) {
      throw Refused.unsupported(
          "apply_chat_template", "the model has no chat template; leave it out or send false");
    }
  }

  /** Who shall answer. */
  static Target target(GenerateRequest r, int adaptersMax) {
    return new AdapterChoice(r.adapterId(), r.adapters(), r.merged()).target(adaptersMax);
  }

  private static void ranges(GenerateRequest r, RequestSettings limits, int inputMax) {
    rule(
        r.adapterId().isEmpty() || r.merged().isEmpty(),
        "at most one of `adapter_id` or `adapters` may be provided");
    rule(r.bestOf().orElse(1) <= 1 || samples(r), "you must use sampling when `best_of` is > 1");
    rule(r.temperature().orElse(1) >= 0, "`temperature` must be non-negative");
    rule(
        (float) r.repetitionPenalty().orElse(1) > 0,
        "`repetition_penalty` must be strictly positive");
    rule(
        Math.abs(r.frequencyPenalty().orElse(0)) <= 2,
        "`frequency_penalty` must be >= -2.0 and <= 2.0");
    rule(
        Math.abs(r.presencePenalty().orElse(0)) <= 2,
        "`presence_penalty` must be >= -2.0 and <= 2.0");
    double topP = r.topP().orElse(1);
    rule((float) topP > 0 && topP <= 1, "`top_p` must be > 0.0 and < 1.0");
    double typicalP = r.typicalP().orElse(0.5);
    rule((float) typicalP > 0 && typicalP < 1, "`typical_p` must be > 0.0 and < 1.0");
    rule(r.topK().orElse(1) > 0, "`top_k` must be strictly positive");
    rule(r.alternatives().orElse(1) > 0, "`return_k_alternatives` must be strictly positive");
    int alternatives = r.alternatives().orElse(0);
    rule(
        alternatives <= limits.topLogprobsMax(),
        "`return_k_alternatives` must be <= %d. Given: %d"
            .formatted(limits.topLogprobsMax(), alternatives));
    rule(r.maxNewTokens().orElse(1) > 0, "`max_new_tokens` must be strictly positive");
    int stopsMax = limits.stopsMax();
    rule(
        r.stop().size() <= stopsMax,
        "`stop` supports up to " + stopsMax + " stop sequences. Given: " + r.stop().size());
    Stops.check(r.stop(), limits);
    r.seed().ifPresent(GenerateChecks::seed);
    rule(
        r.seed().isEmpty() || r.bestOf().orElse(1) <= 1,
        "`seed` must not be set when `best_of` > 1");
    rule(!r.inputs().isEmpty(), "`inputs` cannot be empty");
    int truncate = r.truncate().orElse(inputMax);
    rule(
        truncate > 0 && truncate <= inputMax,
        "`truncate` must be strictly positive and less than %d. Given: %d"
            .formatted(inputMax, truncate));
    int minTokens = r.minTokens().orElse(0);
    rule(minTokens >= 0, "`min_tokens` must be >= 0. Given: " + minTokens);
  }

  private static boolean samples(GenerateRequest r) {
    return r.doSample()
        || r.temperature().isPresent()
        || r.topK().isPresent()
        || r.topP().isPresent()
        || r.typicalP().isPresent()
        || r.minP().orElse(0) > 0;
  }

  private static void seed(BigInteger seed) {
    rule(
        seed.signum() >= 0 && seed.bitLength() <= SEED_BITS,
        "`seed` must be an unsigned integer of 64 bits");
  }

  private static void bestOf(GenerateRequest request, int most, boolean stream) {
    int bestOf = request.bestOf().orElse(1);
    rule(!stream || bestOf == 1, "`best_of` != 1 is not supported when streaming tokens");
    rule(most > 1 || bestOf == 1, "`best_of` != 1 is not allowed for this endpoint");
    rule(
        bestOf > 0 && bestOf <= most,
        "`best_of` must be > 0 and <= %d. Given: %d".formatted(most, bestOf));
  }

  private static void rule(boolean holds, String message) {
    if (!holds) {
      throw broken(message);
    }
  }

  private static LorikeetException broken(String message) {
    return new LorikeetException(ErrorCode.PARAMETER_OUT_OF_RANGE, message);
  }
}
