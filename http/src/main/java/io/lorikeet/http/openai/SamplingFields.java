package io.lorikeet.http.openai;

import static io.lorikeet.http.json.Fields.require;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.model.SamplingDefaults;
import io.lorikeet.engine.sample.Penalties;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.TokenBias;
import io.lorikeet.engine.sample.TokenRules;
import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.http.json.Fields;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * How tokens are drawn: OpenAI's fields, those of vLLM, and the defaults of the model's makers.
 *
 * @param vocabSize token ids must be smaller
 * @param seeds of requests that bring none
 */
public record SamplingFields(
    Fields fields,
    RequestSettings limits,
    SamplingDefaults defaults,
    int vocabSize,
    LongSupplier seeds) {
  private static final double TEMPERATURE_MAX = 2;
  private static final double PENALTY_MAX = 2;
  private static final double BIAS_MAX = 100;
  private static final BigInteger SEED_MIN = BigInteger.TWO.pow(63).negate();
  private static final BigInteger SEED_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  /**
   * The checked values.
   *
   * @param topLogprobs as in {@link SamplingParams}
   */
  SamplingParams read(int topLogprobs) {
    int topK = fields.integer("top_k").orElse(defaults.topK());
    require(topK >= -1, "top_k", "must be >= -1", topK);
    return new SamplingParams(
        within("temperature", defaults.temperature(), 0, TEMPERATURE_MAX),
        Math.max(topK, 0),
        part("top_p", defaults.topP()),
        minP(),
        part("typical_p", defaults.typicalP()),
        penalties(),
        bias(),
        Withheld.NONE,
        new TokenRules(new int[0][], allowed()),
        seed(),
        topLogprobs);
  }

  /**
   * The part of the likeliest token's probability that others need.
   *
   * @throws io.lorikeet.engine.error.LorikeetException REQUEST_INVALID, PARAMETER_OUT_OF_RANGE
   */
  public float minP() {
    return within("min_p", defaults.minP(), 0, 1);
  }

  private Penalties penalties() {
    String name = "repetition_penalty";
    double repetition = fields.number(name).orElse(defaults.repetitionPenalty());
    require((float) repetition > 0, name, "must be > 0", repetition);
    return new Penalties(
        (float) repetition,
        within("frequency_penalty", 0, -PENALTY_MAX, PENALTY_MAX),
        within("presence_penalty", 0, -PENALTY_MAX, PENALTY_MAX));
  }

  private int[] allowed() {
    String name = "allowed_token_ids";
    Optional<ArrayNode> given = fields.array(name);
    if (given.isEmpty()) {
      return new int[0];
    }
    require(!given.get().isEmpty(), name, "must not be empty", 0);
    int[] ids = new int[given.get().size()];
    for (int i = 0; i < ids.length; i++) {
      String element = name + "[" + i + "]";
      ids[i] = Fields.integer(element, given.get().get(i));
      require(
          ids[i] >= 0 && ids[i] < vocabSize, element, "must be >= 0 and < " + vocabSize, ids[i]);
    }
    return Arrays.stream(ids).sorted().distinct().toArray();
  }

  /**
   * What is added to the logits of some tokens.
   *
   * @throws io.lorikeet.engine.error.LorikeetException REQUEST_INVALID, PARAMETER_OUT_OF_RANGE
   */
  public TokenBias bias() {
    Optional<ObjectNode> given = fields.object("logit_bias");
    if (given.isEmpty()) {
      return TokenBias.NONE;
    }
    int most = limits.logitBiasMax();
    require(
        given.get().size() <= most,
        "logit_bias",
        "must hold at most " + most + " tokens",
        given.get().size());
    TreeMap<Integer, Float> byId = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : given.get().properties()) {
      byId.put(tokenId(entry.getKey()), biasValue(entry.getValue()));
    }
    require(
        byId.size() == given.get().size(),
        "logit_bias",
        "must name each token once",
        given.get().size() - byId.size() + " twice");
    int[] ids = new int[byId.size()];
    float[] values = new float[ids.length];
    int i = 0;
    for (Map.Entry<Integer, Float> entry : byId.entrySet()) {
      ids[i] = entry.getKey();
      values[i++] = entry.getValue();
    }
    return new TokenBias(ids, values);
  }

  private int tokenId(String name) {
    boolean digits = name.length() <= 9 && name.matches("[0-9]+");
    int id = digits ? Integer.parseInt(name) : -1;
    String rule = "must name token ids >= 0 and < " + vocabSize;
    String shown = name.length() <= 20 ? name : name.substring(0, 20) + "...";
    require(id >= 0 && id < vocabSize, "logit_bias", rule, shown);
    return id;
  }

  private static float biasValue(JsonNode value) {
    if (!value.isNumber()) {
      throw Fields.wrongType("logit_bias", "an object of numbers", value);
    }
    double bias = value.doubleValue();
    require(Math.abs(bias) <= BIAS_MAX, "logit_bias", "must hold values >= -100 and <= 100", bias);
    return (float) bias;
  }

  private long seed() {
    Optional<BigInteger> seed = fields.whole("seed");
    seed.ifPresent(value ->
        require(
            value.compareTo(SEED_MIN) >= 0 && value.compareTo(SEED_MAX) <= 0,
            "seed",
            "must be an integer of 64 bits",
            "one of " + value.bitLength() + " bits"));
    return seed.map(BigInteger::longValue).orElseGet(seeds::getAsLong);
  }

  private float within(String name, double otherwise, double least, double most) {
    double value = fields.number(name).orElse(otherwise);
    require(
        value >= least && value <= most,
        name,
        "must be >= " + whole(least) + " and <= " + whole(most),
        value);
    return (float) value;
  }

  /** A part of the whole: nothing at all is no part. */
  private float part(String name, double otherwise) {
    double value = fields.number(name).orElse(otherwise);
    require((float) value > 0 && value <= 1, name, "must be > 0 and <= 1", value);
    return (float) value;
  }

  private static String whole(double bound) {
    return "" + (long) bound;
  }
}
