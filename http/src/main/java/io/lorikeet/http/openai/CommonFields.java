package io.lorikeet.http.openai;

import static io.lorikeet.http.json.Fields.require;

import io.lorikeet.actors.Generation;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.Target;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.http.adapters.AdapterFields;
import io.lorikeet.http.exchange.Ambient;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import io.lorikeet.http.json.Stops;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The fields that both routes have, with OpenAI's defaults, or those that the model's makers
 * advise.
 */
final class CommonFields {
  private static final double TEMPERATURE_MAX = 2;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final BigInteger SEED_MIN = BigInteger.TWO.pow(63).negate();
  private static final BigInteger SEED_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private final Fields fields;
  private final RequestSettings limits;
  private final SamplingDefaults defaults;
  private final Ambient ambient;
  private final String base;
  private final int adaptersMax;

  CommonFields(Fields fields, Surface surface) {
    this.fields = fields;
    this.limits = surface.settings().requests();
    this.defaults = surface.sampling();
    this.ambient = surface.ambient();
    this.base = surface.engine().model().name();
    this.adaptersMax = surface.settings().schedule().adaptersMax();
  }

  /** Refuses what would be ignored otherwise. */
  void refuse(List<Refused> ofTheRoute) {
    Refused.check(fields, Unimplemented.COMMON);
    Refused.check(fields, ofTheRoute);
    Refused.checkAdapterLike(fields, Unimplemented.ADAPTER_FIELDS);
  }

  /**
   * The whole request.
   *
   * @param topLogprobs as in {@link SamplingParams}
   */
  OpenAiRequest request(Call call, Prompt prompt, OptionalInt maxNewTokens, int topLogprobs) {
    String model = fields.requiredText("model");
    Generation generation =
        new Generation(
            call.id(),
            call.principal(),
            target(model),
            prompt,
            choices(),
            maxNewTokens,
            sampling(topLogprobs),
            stops(),
            fields.flag("include_stop_str_in_output", false),
            ignoreEos(),
            topLogprobs >= 0,
            timeout());
    boolean stream = fields.flag("stream", false);
    return new OpenAiRequest(
        generation,
        new ReplyForm(
            model,
            stream,
            includeUsage(stream),
            fields.flag("return_token_ids", false),
            topLogprobs >= 0));
  }

  /** A count of new tokens. */
  OptionalInt tokens(String name) {
    OptionalInt tokens = fields.integer(name);
    tokens.ifPresent(value -> require(value >= 1, name, "must be >= 1", value));
    return tokens;
  }

  /** A whole number within bounds. */
  int within(String name, int otherwise, int least, int most) {
    int value = fields.integer(name).orElse(otherwise);
    require(
        value >= least && value <= most, name, "must be >= " + least + " and <= " + most, value);
    return value;
  }

  // LoRAX's clients name the base by an empty string.
  private Target target(String model) {
    AdapterFields chosen = AdapterFields.read(fields);
    Optional<Target> sum = chosen.target(adaptersMax);
    if (sum.isPresent() && !model.isEmpty() && !model.equals(base)) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`model` must be `%s` where `%s` chooses adapters. Given: %s"
              .formatted(base, chosen.chooser().orElseThrow(), model));
    }
    return sum.orElseGet(
        () -> model.isEmpty() ? new Target.Adapter(Optional.empty()) : new Target.Model(model));
  }

  // vLLM's name and LoRAX's. Both are read, so that a wrong type of either is refused.
  private boolean ignoreEos() {
    boolean peers = fields.flag("ignore_eos", false);
    return fields.flag("ignore_eos_token", false) || peers;
  }

  private int choices() {
    int choices = within("n", 1, 1, limits.choicesMax());
    OptionalInt bestOf = fields.integer("best_of");
    if (bestOf.isPresent() && bestOf.getAsInt() != choices) {
      throw Refused.unsupported("best_of", "leave it out or send the same number as `n`");
    }
    return choices;
  }

  private SamplingParams sampling(int topLogprobs) {
    double temperature = fields.number("temperature").orElse(defaults.temperature());
    require(
        temperature >= 0 && temperature <= TEMPERATURE_MAX,
        "temperature",
        "must be >= 0 and <= 2",
        temperature);
    int topK = fields.integer("top_k").orElse(defaults.topK());
    require(topK >= -1, "top_k", "must be >= -1", topK);
    double topP = fields.number("top_p").orElse(defaults.topP());
    require((float) topP > 0 && topP <= 1, "top_p", "must be > 0 and <= 1", topP);
    double minP = fields.number("min_p").orElse(defaults.minP());
    require(minP >= 0 && minP <= 1, "min_p", "must be >= 0 and <= 1", minP);
    return new SamplingParams(
        (float) temperature, Math.max(topK, 0), (float) topP, (float) minP, seed(), topLogprobs);
  }

  private long seed() {
    Optional<BigInteger> seed = fields.whole("seed");
    seed.ifPresent(value ->
        require(
            value.compareTo(SEED_MIN) >= 0 && value.compareTo(SEED_MAX) <= 0,
            "seed",
            "must be an integer of 64 bits",
            "one of " + value.bitLength() + " bits"));
    return seed.map(BigInteger::longValue).orElseGet(ambient.seeds()::getAsLong);
  }

  private List<String> stops() {
    List<String> stops = Stops.read(fields);
    Stops.check(stops, limits);
    return stops;
  }

  private Optional<Duration> timeout() {
    OptionalDouble seconds = fields.number("timeout");
    if (seconds.isEmpty()) {
      return Optional.empty();
    }
    double value = seconds.getAsDouble();
    double most = limits.timeoutMax().toNanos() / NANOS_PER_SECOND;
    require(value > 0 && value <= most, "timeout", "must be > 0 and <= " + most, value);
    return Optional.of(Duration.ofNanos(Math.max(1, Math.round(value * NANOS_PER_SECOND))));
  }

  private boolean includeUsage(boolean stream) {
    Optional<Fields> options = fields.object("stream_options").map(Fields::new);
    if (options.isEmpty()) {
      return false;
    }
    if (!stream) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`stream_options` needs `stream` to be true");
    }
    Refused.check(options.get(), List.of(Refused.unless("continuous_usage_stats", false)));
    return options.get().flag("include_usage", false);
  }
}
