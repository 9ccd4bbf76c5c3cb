package io.lorikeet.http.anthropic;

import static io.lorikeet.http.json.Refused.always;
import static io.lorikeet.http.json.Refused.unlessEmpty;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Puts a request of {@code /v1/messages} in the form of a chat completion. Fields of Anthropic's
 * are checked here, under their own names; all others, Lorikeet's extensions among them, go on as
 * they came.
 */
final class MessageRequests {
  /** Fields that are translated, or change nothing here. */
  private static final Set<String> OWN =
      Set.of(
          "messages",
          "system",
          "max_tokens",
          "stop_sequences",
          "tools",
          "tool_choice",
          "thinking",
          "metadata",
          "service_tier",
          "cache_control");

  private static final List<Refused> REFUSED =
      List.of(
          always("container"),
          unlessEmpty("mcp_servers"),
          unlessEmpty("context_management"),
          unlessEmpty("output_config"),
          always("output_format"),
          // Names of other APIs for what has a name of its own here, or no place in the reply.
          always("stop"),
          always("max_completion_tokens"),
          always("parallel_tool_calls"),
          always("stream_options"),
          always("n"),
          always("best_of"),
          always("logprobs"),
          always("top_logprobs"),
          always("return_token_ids"),
          always("continue_final_message"),
          always("add_generation_prompt"));

  private final Fields fields;
  private final RequestSettings limits;
  private final ObjectNode chat = JsonNodeFactory.instance.objectNode();

  private MessageRequests(ObjectNode body, RequestSettings limits) {
    this.fields = new Fields(body);
    this.limits = limits;
    body.forEachEntry((name, value) -> {
      if (!OWN.contains(name)) {
        chat.set(name, value);
      }
    });
  }

  /**
   * The chat completion of a message.
   *
   * @throws io.lorikeet.engine.error.LorikeetException REQUEST_INVALID, PARAMETER_*
   */
  static ObjectNode chat(ObjectNode body, RequestSettings limits) {
    MessageRequests request = new MessageRequests(body, limits);
    request.prompt();
    request.drawing();
    return request.chat;
  }

  /**
   * As {@link #chat}, without what only an answer needs.
   *
   * @throws io.lorikeet.engine.error.LorikeetException as {@link #chat}
   */
  static ObjectNode prompt(ObjectNode body, RequestSettings limits) {
    MessageRequests request = new MessageRequests(body, limits);
    request.prompt();
    return request.chat;
  }

  private void prompt() {
    Refused.check(fields, REFUSED);
    fields.requiredText("model");
    ArrayNode given = fields.array("messages").orElseThrow(() -> Fields.missing("messages"));
    Fields.require(!given.isEmpty(), "messages", "must hold at least 1 message", 0);
    ArrayNode messages = chat.putArray("messages");
    fields
        .any("system")
        .ifPresent(system ->
            messages
                .addObject()
                .put("role", "system")
                .set("content", MessageBlocks.texts("system", system)));
    MessageBlocks.translate(given, messages);
    if (messages.path(messages.size() - 1).path("role").asText().equals("assistant")) {
      chat.put("continue_final_message", true);
    }
    fields.array("tools").ifPresent(tools -> chat.set("tools", MessageTools.definitions(tools)));
    fields.object("tool_choice").ifPresent(choice -> MessageTools.choose(choice, chat));
    thinking();
    metadata();
  }

  // Templates of models that can think know this name; who asks for thoughts gets a refusal, as
  // the reply would have no block for them.
  private void thinking() {
    Optional<Fields> thinking =
        fields.object("thinking").map(node -> new Fields(node, "thinking."));
    if (thinking.isEmpty()) {
      return;
    }
    if (!thinking.get().requiredText("type").equals("disabled")) {
      throw Refused.unsupported("thinking.type", "only \"disabled\" is");
    }
    ObjectNode arguments =
        fields
            .object("chat_template_kwargs")
            .map(ObjectNode::deepCopy)
            .orElseGet(JsonNodeFactory.instance::objectNode);
    if (!arguments.has("enable_thinking")) {
      arguments.put("enable_thinking", false);
    }
    chat.set("chat_template_kwargs", arguments);
  }

  private void metadata() {
    fields
        .object("metadata")
        .ifPresent(metadata -> new Fields(metadata, "metadata.").text("user_id"));
    Optional<String> tier = fields.text("service_tier");
    if (tier.isPresent() && !tier.get().equals("auto") && !tier.get().equals("standard_only")) {
      throw Refused.unsupported("service_tier", "send \"auto\" or \"standard_only\"");
    }
  }

  private void drawing() {
    int most = fields.integer("max_tokens").orElseThrow(() -> Fields.missing("max_tokens"));
    Fields.require(most >= 1, "max_tokens", "must be >= 1", most);
    chat.put("max_tokens", most);
    fields
        .number("temperature")
        .ifPresent(
            t -> Fields.require(t >= 0 && t <= 1, "temperature", "must be >= 0 and <= 1", t));
    stops();
  }

  private void stops() {
    Optional<ArrayNode> given = fields.array("stop_sequences");
    if (given.isEmpty()) {
      return;
    }
    int most = limits.stopsMax();
    int count = given.get().size();
    Fields.require(
        count <= most, "stop_sequences", "must hold at most " + most + " strings", count);
    ArrayNode stops = chat.putArray("stop");
    for (JsonNode node : given.get()) {
      String stop = Fields.text("stop_sequences[" + stops.size() + "]", node);
      int characters = stop.codePointCount(0, stop.length());
      int longest = limits.stopCharactersMax();
      Fields.require(
          characters >= 1 && characters <= longest,
          "stop_sequences[" + stops.size() + "]",
          "must have 1 to " + longest + " characters",
          characters);
      stops.add(stop);
    }
  }
}
