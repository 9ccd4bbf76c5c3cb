package io.lorikeet.http.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.regex.Pattern;

/** Tools in Anthropic's form, put in OpenAI's. */
final class MessageTools {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");

  private MessageTools() {}

  static ArrayNode definitions(ArrayNode tools) {
    ArrayNode definitions = JsonNodeFactory.instance.arrayNode();
    for (JsonNode node : tools) {
      String place = "tools[" + definitions.size() + "]";
      if (!(node instanceof ObjectNode tool)) {
        throw Fields.wrongType(place, "an object", node);
      }
      definitions
          .addObject()
          .put("type", "function")
          .set("function", function(new Fields(tool, place + ".")));
    }
    return definitions;
  }

  private static ObjectNode function(Fields tool) {
    if (!tool.text("type").orElse("custom").equals("custom")) {
      throw Refused.unsupported(tool.full("type"), "tools of the server are not; send your own");
    }
    String name = tool.requiredText("name");
    Fields.require(
        NAME.matcher(name).matches(),
        tool.full("name"),
        "must be 1 to 128 letters, digits, _ or -",
        name.length() <= 128 ? name : name.length() + " characters");
    if (tool.flag("strict", false)) {
      throw Refused.unsupported(
          tool.full("strict"), "leave it out or send false; answers can't be held to a schema yet");
    }
    ObjectNode function = JsonNodeFactory.instance.objectNode().put("name", name);
    tool.text("description").ifPresent(text -> function.put("description", text));
    function.set(
        "parameters",
        tool.object("input_schema").orElseThrow(() -> Fields.missing(tool.full("input_schema"))));
    return function;
  }

  /** Adds what {@code tool_choice} asks for to a chat. */
  static void choose(ObjectNode choice, ObjectNode chat) {
    Fields fields = new Fields(choice, "tool_choice.");
    String type = fields.requiredText("type");
    if (!type.equals("auto") && !type.equals("none")) {
      throw Refused.unsupported(
          "tool_choice.type",
          "only \"auto\" and \"none\" are; to call what was chosen, answers must be held to a"
              + " grammar, which they can't be yet");
    }
    chat.put("tool_choice", type);
    if (fields.flag("disable_parallel_tool_use", false)) {
      chat.put("parallel_tool_calls", false);
    }
  }
}
