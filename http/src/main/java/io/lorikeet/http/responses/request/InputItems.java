package io.lorikeet.http.responses.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code input}: a text or items. Each becomes an item in full form, with an id, as it is
 * listed and remembered.
 */
final class InputItems {
  private static final String NAME = "input";
  private static final String CALL = "function_call";
  private static final String CALL_OUTPUT = "function_call_output";

  private final Earlier earlier;
  private final String key;
  private final List<ObjectNode> items = new ArrayList<>();

  private InputItems(Earlier earlier, String key) {
    this.earlier = earlier;
    this.key = key;
  }

  /**
   * Reads the field.
   *
   * @param key of the request, for ids of items that bring none
   * @throws LorikeetException REQUEST_INVALID, PARAMETER_*
   */
  static List<ObjectNode> read(Fields request, Earlier earlier, String key) {
    JsonNode input = request.any(NAME).orElseThrow(() -> Fields.missing(NAME));
    InputItems reader = new InputItems(earlier, key);
    switch (input.getNodeType()) {
      case STRING -> reader.message("user", parts(List.of(input.textValue()), "input_text"));
      case ARRAY -> input.forEach(reader::item);
      default -> throw Fields.wrongType(NAME, "a string or an array of items", input);
    }
    Fields.require(!reader.items.isEmpty(), NAME, "must hold at least 1 item", 0);
    return reader.items;
  }

  private void item(JsonNode node) {
    String place = NAME + "[" + items.size() + "]";
    if (!(node instanceof ObjectNode object)) {
      throw Fields.wrongType(place, "an object", node);
    }
    Fields item = new Fields(object, place + ".");
    String type = item.text("type").orElseGet(() -> untyped(item));
    switch (type) {
      case "message" -> message(item);
      case CALL -> call(item);
      case CALL_OUTPUT -> output(item);
      case "item_reference" -> reference(item);
      case "reasoning" ->
          throw Refused.unsupported(
              item.full("type"),
              "reasoning is not read back here; leave the item out. Given: reasoning");
      default ->
          throw Refused.unsupported(
              item.full("type"),
              "only \"message\", \"function_call\", \"function_call_output\" and"
                  + " \"item_reference\" are. Given: "
                  + Shown.shortened(type));
    }
  }

  // Both forms may leave their type out.
  private static String untyped(Fields item) {
    if (item.any("role").isPresent()) {
      return "message";
    }
    if (item.any("id").isPresent()) {
      return "item_reference";
    }
    throw Fields.missing(item.full("type"));
  }

  private void message(Fields item) {
    String role = item.requiredText("role");
    String kind =
        switch (role) {
          case "user", "system", "developer" -> "input_text";
          case "assistant" -> "output_text";
          default ->
              throw Refused.unsupported(
                  item.full("role"),
                  "only \"user\", \"assistant\", \"system\" and \"developer\" are. Given: "
                      + Shown.shortened(role));
        };
    JsonNode content = item.any("content").orElseThrow(() -> Fields.missing(item.full("content")));
    List<String> texts = texts(item.full("content"), content, kind);
    item.text("status");
    ObjectNode message = started("message", "msg", item.text("id"));
    message.put("role", role);
    message.set("content", parts(texts, kind));
    items.add(message);
  }

  private void message(String role, ArrayNode content) {
    ObjectNode message = started("message", "msg", Optional.empty());
    message.put("role", role);
    message.set("content", content);
    items.add(message);
  }

  private static List<String> texts(String place, JsonNode content, String kind) {
    if (content.isTextual()) {
      return List.of(content.textValue());
    }
    if (!content.isArray()) {
      throw Fields.wrongType(place, "a string or an array of parts", content);
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode node : content) {
      String name = place + "[" + texts.size() + "]";
      if (!(node instanceof ObjectNode object)) {
        throw Fields.wrongType(name, "an object", node);
      }
      Fields part = new Fields(object, name + ".");
      String type = part.requiredText("type");
      if (!type.equals(kind) && !type.equals("text")) {
        throw Refused.unsupported(
            part.full("type"),
            "only \"" + kind + "\" and \"text\" are. Given: " + Shown.shortened(type));
      }
      texts.add(part.requiredText("text"));
    }
    Fields.require(!texts.isEmpty(), place, "must hold at least 1 part", 0);
    return texts;
  }

  private static ArrayNode parts(List<String> texts, String kind) {
    ArrayNode parts = JsonNodeFactory.instance.arrayNode();
    for (String text : texts) {
      ObjectNode part = parts.addObject().put("type", kind).put("text", text);
      if (kind.equals("output_text")) {
        part.putArray("annotations");
      }
    }
    return parts;
  }

  private void call(Fields item) {
    Refused.check(item, List.of(Refused.always("namespace")));
    String callId = item.requiredText("call_id");
    String name = item.requiredText("name");
    String arguments = item.requiredText("arguments");
    item.text("status");
    items.add(
        started(CALL, "fc", item.text("id"))
            .put("call_id", callId)
            .put("name", name)
            .put("arguments", arguments));
  }

  private void output(Fields item) {
    String callId = item.requiredText("call_id");
    JsonNode given = item.any("output").orElseThrow(() -> Fields.missing(item.full("output")));
    List<String> texts = texts(item.full("output"), given, "input_text");
    item.text("status");
    ObjectNode output = started(CALL_OUTPUT, "fco", item.text("id")).put("call_id", callId);
    if (given.isTextual()) {
      output.put("output", given.textValue());
    } else {
      output.set("output", parts(texts, "input_text"));
    }
    items.add(output);
  }

  private void reference(Fields item) {
    String id = item.requiredText("id");
    items.add(
        earlier
            .item(id)
            .orElseThrow(() ->
                new LorikeetException(
                    ErrorCode.REQUEST_INVALID,
                    "`"
                        + item.full("id")
                        + "` must name an item of a stored response. Given: "
                        + Shown.shortened(id))));
  }

  private ObjectNode started(String type, String kind, Optional<String> id) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id.orElseGet(() -> ItemIds.in(kind, key, items.size())))
        .put("type", type)
        .put("status", "completed");
  }
}
