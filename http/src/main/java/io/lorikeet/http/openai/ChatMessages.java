package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Checks the messages of a chat. What is in order goes to the template as it came. */
final class ChatMessages {
  private ChatMessages() {}

  static List<ObjectNode> read(ArrayNode array) {
    List<ObjectNode> messages = new ArrayList<>();
    for (JsonNode node : array) {
      messages.add(message("messages[" + messages.size() + "]", node));
    }
    return messages;
  }

  private static ObjectNode message(String name, JsonNode node) {
    if (!(node instanceof ObjectNode message)) {
      throw Fields.wrongType(name, "an object", node);
    }
    Fields fields = new Fields(message, name + ".");
    String role = fields.requiredText("role");
    content(fields.full("content"), message.path("content"));
    fields.text("name");
    fields.text("tool_call_id");
    fields
        .any("function_call")
        .ifPresent(_ -> {
          throw Refused.unsupported(fields.full("function_call"), "send `tool_calls`");
        });
    Optional<ArrayNode> calls = fields.array("tool_calls");
    calls.ifPresent(all -> calls(fields.full("tool_calls"), all));
    switch (role) {
      case "function" -> throw Refused.unsupported(fields.full("role"), "send \"tool\"");
      case "tool" -> checkResult(fields);
      default -> {}
    }
    return calls.filter(ArrayNode::isEmpty).isPresent() ? without(message, "tool_calls") : message;
  }

  // Templates take an empty list for calls.
  private static ObjectNode without(ObjectNode message, String field) {
    ObjectNode copy = message.deepCopy();
    copy.remove(field);
    return copy;
  }

  private static void checkResult(Fields message) {
    message.requiredText("tool_call_id");
    if (message.any("content").isEmpty()) {
      throw Fields.missing(message.full("content"));
    }
  }

  private static void calls(String name, ArrayNode calls) {
    for (int i = 0; i < calls.size(); i++) {
      String place = name + "[" + i + "]";
      if (!(calls.get(i) instanceof ObjectNode call)) {
        throw Fields.wrongType(place, "an object", calls.get(i));
      }
      call(new Fields(call, place + "."));
    }
  }

  private static void call(Fields call) {
    call.requiredText("id");
    if (!call.text("type").orElse("function").equals("function")) {
      throw Refused.unsupported(call.full("type"), "only \"function\" is");
    }
    ObjectNode node =
        call.object("function").orElseThrow(() -> Fields.missing(call.full("function")));
    Fields function = new Fields(node, call.full("function."));
    function.requiredText("name");
    JsonNode arguments =
        function.any("arguments").orElseThrow(() -> Fields.missing(function.full("arguments")));
    if (!arguments.isTextual() && !arguments.isObject()) {
      throw Fields.wrongType(function.full("arguments"), "a string of JSON", arguments);
    }
  }

  private static void content(String name, JsonNode content) {
    switch (content.getNodeType()) {
      case STRING, NULL, MISSING -> {}
      case ARRAY -> parts(name, content);
      default -> throw Fields.wrongType(name, "a string or an array of parts", content);
    }
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
