package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the fields of a request that make a chat. */
public final class ChatPrompts {
  /** The fields that are read here. */
  public static final List<String> FIELDS =
      List.of(
          "messages", "add_generation_prompt", "continue_final_message", "chat_template_kwargs");

  private ChatPrompts() {}

  /**
   * Reads a chat.
   *
   * @throws LorikeetException REQUEST_INVALID, PARAMETER_*
   */
  public static Prompt.Chat read(Fields fields) {
    ArrayNode array = fields.array("messages").orElseThrow(() -> Fields.missing("messages"));
    Fields.require(!array.isEmpty(), "messages", "must hold at least 1 message", 0);
    List<ObjectNode> messages = new ArrayList<>();
    for (JsonNode node : array) {
      messages.add(message("messages[" + messages.size() + "]", node));
    }
    boolean continues = fields.flag("continue_final_message", false);
    boolean generationPrompt = fields.flag("add_generation_prompt", !continues);
    if (continues && generationPrompt) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`continue_final_message` and `add_generation_prompt` exclude each other");
    }
    return new Prompt.Chat(
        messages, Optional.empty(), templateArguments(fields), generationPrompt, continues);
  }

  private static Map<String, JsonNode> templateArguments(Fields fields) {
    Map<String, JsonNode> arguments = new HashMap<>();
    fields.object("chat_template_kwargs").ifPresent(given -> given.forEachEntry(arguments::put));
    for (String name : List.of("messages", "tools", "documents", "add_generation_prompt")) {
      Fields.require(
          !arguments.containsKey(name),
          "chat_template_kwargs",
          "must not hold what the request itself says",
          name);
    }
    return arguments;
  }

  // The message itself goes to the template as it came; only what no template here can use is
  // refused.
  private static ObjectNode message(String name, JsonNode node) {
    if (!(node instanceof ObjectNode message)) {
      throw Fields.wrongType(name, "an object", node);
    }
    JsonNode role = message.get("role");
    if (role == null || role.isNull()) {
      throw Fields.missing(name + ".role");
    }
    Fields.text(name + ".role", role);
    JsonNode content = message.path("content");
    switch (content.getNodeType()) {
      case STRING, NULL, MISSING -> {}
      case ARRAY -> parts(name + ".content", content);
      default ->
          throw Fields.wrongType(name + ".content", "a string or an array of parts", content);
    }
    return message;
  }

  private static void parts(String name, JsonNode parts) {
    for (int i = 0; i < parts.size(); i++) {
      String part = name + "[" + i + "]";
      if (!parts.get(i).isObject()) {
        throw Fields.wrongType(part, "an object", parts.get(i));
      }
      JsonNode type = parts.get(i).path("type");
      if (type.isMissingNode()) {
        throw Fields.missing(part + ".type");
      }
      String kind = Fields.text(part + ".type", type);
      if (!kind.equals("text")) {
        throw Refused.unsupported(part + ".type", "only \"text\" is. Given: " + shortened(kind));
      }
      Fields.text(part + ".text", parts.get(i).path("text"));
    }
  }

  private static String shortened(String kind) {
    return kind.length() <= 40 ? kind : kind.substring(0, 40) + "...";
  }
}
