package io.lorikeet.http.openai;

import static io.lorikeet.http.json.Fields.require;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.lorikeet.actors.Ending;
import io.lorikeet.actors.Generation;
import io.lorikeet.actors.Prompt;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.adapters.AdapterFields;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import io.lorikeet.http.json.Stops;
import io.lorikeet.http.json.Timeouts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The fields that both routes have, with OpenAI's defaults, or those that the model's makers
 * advise.
 */
final class CommonFields {
  private final Fields fields;
  private final boolean ranks;
  private final RequestSettings limits;
  private final SamplingFields sampling;
  private final int vocabSize;
  private final String base;
  private final int adaptersMax;

  /**
   * @param ranks whether the route has {@code best_of}
   */
  CommonFields(Fields fields, Surface surface, boolean ranks) {
    this.fields = fields;
    this.ranks = ranks;
    this.limits = surface.settings().requests();
    this.vocabSize = surface.engine().model().vocabSize();
    this.sampling =
        new SamplingFields(
            fields, limits, surface.sampling(), vocabSize, surface.ambient().seeds());
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
   * @param topLogprobs as in {@link SamplingFields#read}
   * @param echo whether the client wants to see the prompt
   */
  OpenAiRequest request(
      Call call, List<Prompt> prompts, OptionalInt maxNewTokens, int topLogprobs, boolean echo) {
    String model = fields.requiredText("model");
    int choices = within("n", 1, 1, limits.choicesMax());
    int candidates = candidates(choices);
    boolean ranked = candidates > choices;
    boolean stream = fields.flag("stream", false);
    if (ranked && stream) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`best_of` must be the same as `n` where `stream` is true. Given: %d and %d"
              .formatted(candidates, choices));
    }
    OptionalInt asked = promptLogprobs(stream);
    Generation generation =
        new Generation(
            call.id(),
            call.principal(),
            AdapterFields.read(fields).target(model, base, adaptersMax),
            prompts.stream().map(this::truncated).toList(),
            candidates,
            maxNewTokens,
            // Candidates are ranked by their log probabilities.
            sampling.read(ranked ? Math.max(topLogprobs, 0) : topLogprobs),
            ending(),
            ranked || topLogprobs >= 0,
            echo || asked.isPresent()
                ? OptionalInt.of(Math.max(echo ? topLogprobs : -1, asked.orElse(-1)))
                : OptionalInt.empty(),
            Timeouts.read(fields, limits.timeoutMax()),
            badWords());
    return new OpenAiRequest(
        generation,
        new ReplyForm(
            model,
            choices,
            stream,
            includeUsage(stream),
            fields.flag("return_token_ids", false),
            topLogprobs >= 0,
            Math.max(0, topLogprobs),
            echo,
            asked));
  }

  private OptionalInt promptLogprobs(boolean stream) {
    String name = "prompt_logprobs";
    OptionalInt asked = fields.integer(name);
    if (asked.isPresent() && stream) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`" + name + "` needs `stream` to be false");
    }
    asked.ifPresent(value ->
        require(
            value >= 0 && value <= limits.topLogprobsMax(),
            name,
            "must be >= 0 and <= " + limits.topLogprobsMax(),
            value));
    return asked;
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

  // vLLM's name and LoRAX's. Both are read, so that a wrong type of either is refused.
  private boolean ignoreEos() {
    boolean peers = fields.flag("ignore_eos", false);
    return fields.flag("ignore_eos_token", false) || peers;
  }

  /** Answers that are drawn; the best {@code n} of them are given. */
  private int candidates(int choices) {
    return ranks ? within("best_of", choices, choices, limits.choicesMax()) : sameAs(choices);
  }

  private int sameAs(int choices) {
    OptionalInt bestOf = fields.integer("best_of");
    if (bestOf.isPresent() && bestOf.getAsInt() != choices) {
      throw Refused.unsupported("best_of", "leave it out or send the same number as `n`");
    }
    return choices;
  }

  private Prompt truncated(Prompt prompt) {
    OptionalInt tokens = fields.integer("truncate_prompt_tokens");
    tokens.ifPresent(value -> require(value >= 1, "truncate_prompt_tokens", "must be >= 1", value));
    return tokens.isEmpty() ? prompt : new Prompt.Last(prompt, tokens.getAsInt());
  }

  private Ending ending() {
    int minTokens = fields.integer("min_tokens").orElse(0);
    require(minTokens >= 0, "min_tokens", "must be >= 0", minTokens);
    return new Ending(
        stops(),
        fields.flag("include_stop_str_in_output", false),
        stopTokenIds(),
        ignoreEos(),
        minTokens);
  }

  private List<Integer> stopTokenIds() {
    String name = "stop_token_ids";
    Optional<ArrayNode> given = fields.array(name);
    List<Integer> ids = new ArrayList<>();
    for (JsonNode node : given.isPresent() ? given.get() : List.<JsonNode>of()) {
      String element = name + "[" + ids.size() + "]";
      int id = Fields.integer(element, node);
      require(id >= 0 && id < vocabSize, element, "must be >= 0 and < " + vocabSize, id);
      ids.add(id);
    }
    int most = limits.stopsMax();
    require(ids.size() <= most, name, "must hold at most " + most + " ids", ids.size());
    return ids;
  }

  private List<String> badWords() {
    String name = "bad_words";
    List<String> words = new ArrayList<>();
    for (JsonNode node : fields.array(name).stream().flatMap(JsonNode::valueStream).toList()) {
      String element = name + "[" + words.size() + "]";
      String word = Fields.text(element, node);
      int longest = limits.stopCharactersMax();
      require(
          !word.isBlank() && word.codePointCount(0, word.length()) <= longest,
          element,
          "must have 1 to " + longest + " characters, not all of them blank",
          word.codePointCount(0, word.length()));
      words.add(word);
    }
    int most = limits.badWordsMax();
    require(words.size() <= most, name, "must hold at most " + most + " words", words.size());
    return words;
  }

  private List<String> stops() {
    List<String> stops = Stops.read(fields);
    Stops.check(stops, limits);
    return stops;
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
