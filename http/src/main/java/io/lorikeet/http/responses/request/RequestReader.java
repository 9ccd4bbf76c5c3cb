package io.lorikeet.http.responses.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads the body of {@code POST /v1/responses}. */
public final class RequestReader {
  private static final String LOGPROBS = "message.output_text.logprobs";
  // What they ask for is part of items that no answer here has.
  private static final List<String> NEVER_THERE =
      List.of(
          "code_interpreter_call.outputs",
          "computer_call_output.output.image_url",
          "file_search_call.results",
          "message.input_image.image_url",
          "reasoning.encrypted_content",
          "web_search_call.action.sources",
          "web_search_call.results");
  private static final List<String> TEXT_HINTS =
      List.of(
          "prompt_cache_key",
          "prompt_cache_retention",
          "safety_identifier",
          "service_tier",
          "user");
  private static final int METADATA_PAIRS_MAX = 16;
  private static final int METADATA_KEY_MAX = 64;
  private static final int METADATA_VALUE_MAX = 512;
  // The rest of the body goes to the reader of chats as it is: the fields that both have, and our
  // extensions.
  private static final List<String> NOT_OF_CHATS =
      List.of(
          "background",
          "context_management",
          "generate",
          "include",
          "input",
          "instructions",
          "max_output_tokens",
          "max_tool_calls",
          "metadata",
          "previous_response_id",
          "prompt_cache_key",
          "prompt_cache_options",
          "prompt_cache_retention",
          "reasoning",
          "safety_identifier",
          "service_tier",
          "store",
          "stream",
          "stream_id",
          "stream_options",
          "text",
          "truncation",
          "type");

  private final Fields fields;
  private final ObjectNode body;

  private RequestReader(ObjectNode body) {
    this.body = body;
    this.fields = new Fields(body);
  }

  /**
   * Reads and checks what responses have and chats have not.
   *
   * @param key a word that no other request has; ids of items are made with it
   * @throws LorikeetException REQUEST_INVALID, PARAMETER_*, and what {@link Earlier} throws
   */
  public static ResponseRequest read(ObjectNode body, Earlier earlier, String key) {
    return new RequestReader(body).read(earlier, key);
  }

  private ResponseRequest read(Earlier earlier, String key) {
    Refused.check(fields, Unread.OF_RESPONSES);
    Refused.check(fields, Unread.OF_CHATS);
    fields.requiredText("model");
    boolean stream = fields.flag("stream", false);
    boolean store = fields.flag("store", true);
    boolean background = background(stream, store);
    checkStreamOptions(stream);
    checkText();
    checkReasoning();
    checkHints();
    boolean logprobs = included();
    Optional<String> previous = fields.text("previous_response_id");
    List<ObjectNode> input = InputItems.read(fields, earlier, key);
    List<ObjectNode> before = previous.map(earlier::conversation).orElse(List.of());
    return new ResponseRequest(
        before, input, chat(before, input, logprobs), shown(), stream, store, background);
  }

  // Where requests are computed once, or by whom they are counted, changes no answer. Calls of
  // built-in tools, the only ones that have a bound, are never made.
  private void checkHints() {
    TEXT_HINTS.forEach(fields::text);
    fields.object("prompt_cache_options");
    OptionalInt calls = fields.integer("max_tool_calls");
    calls.ifPresent(most -> Fields.require(most >= 1, "max_tool_calls", "must be >= 1", most));
  }

  private boolean background(boolean stream, boolean store) {
    boolean background = fields.flag("background", false);
    if (background && stream) {
      throw Refused.unsupported("background", "send false where `stream` is true");
    }
    if (background && !store) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`background` needs `store` to be true");
    }
    return background;
  }

  private void checkStreamOptions(boolean stream) {
    Optional<ObjectNode> options = fields.object("stream_options");
    if (options.isPresent() && !stream) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`stream_options` needs `stream` to be true");
    }
    options.ifPresent(
        given -> Refused.check(new Fields(given, "stream_options."), Unread.OF_STREAMS));
  }

  private void checkText() {
    Optional<Fields> text = fields.object("text").map(given -> new Fields(given, "text."));
    if (text.isEmpty()) {
      return;
    }
    Refused.check(text.get(), Unread.OF_TEXT);
    Optional<ObjectNode> format = text.get().object("format");
    if (format.isPresent()) {
      String type = new Fields(format.get(), "text.format.").requiredText("type");
      if (!type.equals("text")) {
        throw Refused.unsupported(
            "text.format",
            "leave it out or send {\"type\": \"text\"}. Given: " + Shown.shortened(type));
      }
    }
  }

  private void checkReasoning() {
    fields
        .object("reasoning")
        .ifPresent(given -> Refused.check(new Fields(given, "reasoning."), Unread.OF_REASONING));
  }

  /** Whether log probabilities are wanted. */
  private boolean included() {
    boolean logprobs = false;
    int i = 0;
    for (JsonNode node : fields.array("include").stream().flatMap(JsonNode::valueStream).toList()) {
      String place = "include[" + i++ + "]";
      String wanted = Fields.text(place, node);
      if (!wanted.equals(LOGPROBS) && !NEVER_THERE.contains(wanted)) {
        throw Refused.unsupported(
            place, "only \"" + LOGPROBS + "\" is. Given: " + Shown.shortened(wanted));
      }
      logprobs |= wanted.equals(LOGPROBS);
    }
    if (!logprobs && fields.integer("top_logprobs").orElse(0) > 0) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`top_logprobs` needs `include` to hold \"" + LOGPROBS + "\"");
    }
    return logprobs;
  }

  private ObjectNode chat(List<ObjectNode> before, List<ObjectNode> input, boolean logprobs) {
    ObjectNode chat = body.objectNode().setAll(body);
    chat.remove(NOT_OF_CHATS);
    chat.set("messages", ChatMessages.of(fields.text("instructions"), before, input));
    OptionalInt tokens = fields.integer("max_output_tokens");
    if (tokens.isPresent()) {
      Fields.require(
          tokens.getAsInt() >= 1, "max_output_tokens", "must be >= 1", tokens.getAsInt());
      chat.put("max_completion_tokens", tokens.getAsInt());
    }
    chat.put("logprobs", logprobs);
    FlatTools.tools(fields).ifPresent(tools -> chat.set("tools", tools));
    FlatTools.choice(fields).ifPresent(choice -> chat.set("tool_choice", choice));
    return chat;
  }

  private ObjectNode shown() {
    ObjectNode shown = body.objectNode();
    shown.put("background", fields.flag("background", false));
    show(shown, "instructions");
    show(shown, "max_output_tokens");
    show(shown, "max_tool_calls");
    shown.put("model", fields.requiredText("model"));
    shown.put("parallel_tool_calls", fields.flag("parallel_tool_calls", true));
    show(shown, "previous_response_id");
    show(shown, "prompt_cache_key");
    shown.putObject("reasoning").putNull("effort").putNull("summary");
    show(shown, "safety_identifier");
    shown.put("service_tier", "default");
    shown.put("store", fields.flag("store", true));
    shown.putObject("text").put("verbosity", "medium").putObject("format").put("type", "text");
    shown.set("tool_choice", fields.any("tool_choice").orElse(shown.textNode("auto")));
    shown.set("tools", FlatTools.shown(fields));
    shown.put("top_logprobs", fields.integer("top_logprobs").orElse(0));
    shown.put("truncation", "disabled");
    fields.any("user").ifPresent(user -> shown.set("user", user));
    shown.set("metadata", metadata());
    return shown;
  }

  private void show(ObjectNode shown, String name) {
    shown.set(name, fields.any(name).orElse(shown.nullNode()));
  }

  private ObjectNode metadata() {
    ObjectNode metadata = fields.object("metadata").orElseGet(body::objectNode);
    Fields.require(
        metadata.size() <= METADATA_PAIRS_MAX,
        "metadata",
        "must hold at most " + METADATA_PAIRS_MAX + " pairs",
        metadata.size());
    for (Map.Entry<String, JsonNode> pair : metadata.properties()) {
      checkLength("keys", pair.getKey(), METADATA_KEY_MAX);
      if (!pair.getValue().isTextual()) {
        throw Fields.wrongType("metadata", "an object of strings", pair.getValue());
      }
      checkLength("values", pair.getValue().textValue(), METADATA_VALUE_MAX);
    }
    return metadata;
  }

  private static void checkLength(String what, String text, int most) {
    int characters = text.codePointCount(0, text.length());
    Fields.require(
        characters <= most,
        "metadata",
        "must have " + what + " of at most " + most + " characters",
        characters);
  }

  /**
   * A refusal by the reader of chats under the name that the client knows.
   *
   * @param refusal its message begins with the name of a field in back quotes, where it has one
   */
  public static LorikeetException renamed(LorikeetException refusal) {
    String message = String.valueOf(refusal.getMessage());
    int end = message.indexOf('`', 1);
    if (!message.startsWith("`") || end < 0) {
      return refusal;
    }
    String name = message.substring(0, end);
    String known =
        name.startsWith("`tool")
            ? name.replaceFirst("\\.function(?=\\.|$)", "")
            : name.replace("max_completion_tokens", "max_output_tokens");
    return known.equals(name)
        ? refusal
        : new LorikeetException(refusal.code(), known + message.substring(end), refusal);
  }
}
