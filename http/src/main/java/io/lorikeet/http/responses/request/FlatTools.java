package io.lorikeet.http.responses.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.List;
import java.util.Optional;

/**
 * Tools as responses have them: the parts of a function lie flat beside its type. What a function
 * itself must be is checked by the reader of chats.
 */
final class FlatTools {
  private static final String FUNCTION = "function";

  private FlatTools() {}

  /** The field {@code tools} in the form of chats; empty: it is not there. */
  static Optional<ArrayNode> tools(Fields request) {
    return request
        .array("tools")
        .map(tools -> {
          ArrayNode nested = JsonNodeFactory.instance.arrayNode();
          for (JsonNode node : tools) {
            String place = "tools[" + nested.size() + "]";
            if (!(node instanceof ObjectNode tool)) {
              throw Fields.wrongType(place, "an object", node);
            }
            nested.add(nested(new Fields(tool, place + "."), tool));
          }
          return nested;
        });
  }

  private static ObjectNode nested(Fields tool, ObjectNode object) {
    checkType(tool);
    Refused.check(
        tool, List.of(Refused.unless("defer_loading", false), Refused.always("output_schema")));
    tool.array("allowed_callers").stream()
        .flatMap(JsonNode::valueStream)
        .filter(caller -> !caller.asText().equals("direct"))
        .findAny()
        .ifPresent(_ -> {
          throw Refused.unsupported(
              tool.full("allowed_callers"), "leave it out or send [\"direct\"]");
        });
    ObjectNode function = object.deepCopy();
    function.remove(List.of("type", "defer_loading", "allowed_callers", "output_schema"));
    function.properties().removeIf(part -> part.getValue().isNull());
    ObjectNode nested = JsonNodeFactory.instance.objectNode().put("type", FUNCTION);
    nested.set(FUNCTION, function);
    return nested;
  }

  private static void checkType(Fields object) {
    String type = object.requiredText("type");
    if (!type.equals(FUNCTION)) {
      throw Refused.unsupported(
          object.full("type"), "only \"function\" is. Given: " + Shown.shortened(type));
    }
  }

  /** The field {@code tool_choice} in the form of chats; empty: it is not there. */
  static Optional<JsonNode> choice(Fields request) {
    Optional<JsonNode> choice = request.any("tool_choice");
    if (choice.isEmpty() || !(choice.get() instanceof ObjectNode object)) {
      return choice;
    }
    Fields fields = new Fields(object, "tool_choice.");
    checkType(fields);
    ObjectNode nested = JsonNodeFactory.instance.objectNode().put("type", FUNCTION);
    nested.putObject(FUNCTION).put("name", fields.requiredText("name"));
    return Optional.of(nested);
  }

  /** The tools as the response shows them: every part of a function is there. */
  static ArrayNode shown(Fields request) {
    ArrayNode shown = JsonNodeFactory.instance.arrayNode();
    for (JsonNode tool : request.array("tools").stream().flatMap(JsonNode::valueStream).toList()) {
      ObjectNode copy = tool.deepCopy();
      copy.putIfAbsent("description", copy.nullNode());
      copy.putIfAbsent("parameters", copy.nullNode());
      if (!copy.path("strict").isBoolean()) {
        copy.put("strict", false);
      }
      shown.add(copy);
    }
    return shown;
  }
}
