package io.lorikeet.http.lorax;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.actors.TextTask;
import io.lorikeet.http.adapters.AdapterFields;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Stops;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * The body of {@code /generate} with every type right and nothing else checked yet.
 *
 * @param parameters the object itself, for what is refused by name
 * @param chat whether the inputs are a user's message for the model's chat template
 */
record GenerateRequest(
    String inputs,
    Fields body,
    Fields parameters,
    Optional<String> adapterId,
    AdapterFields adapters,
    Optional<MergedAdapters> merged,
    OptionalInt bestOf,
    boolean doSample,
    OptionalDouble temperature,
    OptionalDouble repetitionPenalty,
    OptionalDouble frequencyPenalty,
    OptionalDouble presencePenalty,
    OptionalInt topK,
    OptionalDouble topP,
    OptionalDouble typicalP,
    OptionalDouble minP,
    OptionalInt alternatives,
    OptionalInt maxNewTokens,
    OptionalInt minTokens,
    boolean ignoreEos,
    boolean fullText,
    List<String> stop,
    OptionalInt truncate,
    boolean details,
    boolean prefillDetails,
    boolean chat,
    Optional<BigInteger> seed) {
  static GenerateRequest read(ObjectNode object) {
    Fields body = new Fields(object);
    Fields p = new Fields(body.object("parameters").orElseGet(object::objectNode));
    return new GenerateRequest(
        body.requiredText("inputs"),
        body,
        p,
        p.text("adapter_id").filter(id -> !id.isEmpty()),
        AdapterFields.read(p),
        MergedAdapters.read(p),
        p.integer("best_of"),
        p.flag("do_sample", false),
        p.number("temperature"),
        p.number("repetition_penalty"),
        p.number("frequency_penalty"),
        p.number("presence_penalty"),
        p.integer("top_k"),
        p.number("top_p"),
        p.number("typical_p"),
        p.number("min_p"),
        p.integer("return_k_alternatives"),
        p.integer("max_new_tokens"),
        p.integer("min_tokens"),
        p.flag("ignore_eos_token", false),
        p.flag("return_full_text", false),
        Stops.read(p),
        p.integer("truncate"),
        p.flag("details", false),
        p.flag("decoder_input_details", false),
        p.flag("apply_chat_template", false),
        p.whole("seed"));
  }

  /** What is continued, before it is truncated. */
  Prompt prompt() {
    return chat ? message() : new Prompt.Text(inputs);
  }

  /** The inputs as they are counted. */
  TextTask tokens() {
    return chat ? new TextTask.EncodeChat(message(), false) : new TextTask.Encode(inputs, true);
  }

  private Prompt.Chat message() {
    ObjectNode user =
        JsonNodeFactory.instance.objectNode().put("role", "user").put("content", inputs);
    return new Prompt.Chat(List.of(user), Optional.empty(), Map.of(), true, false);
  }

  /** Answers that are drawn, of which the best one is given. */
  int candidates() {
    return bestOf.orElse(1);
  }

  /** Whether a parameter asks for another choice than the likeliest token. */
  boolean sampled() {
    boolean cut =
        topK.isPresent() || topP.orElse(1) < 1 || typicalP.isPresent() || minP.orElse(0) > 0;
    boolean warped = temperature.orElse(1) != 1 || cut;
    return temperature.orElse(1) != 0 && (doSample || warped);
  }
}
