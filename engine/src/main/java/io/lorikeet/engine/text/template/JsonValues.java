package io.lorikeet.engine.text.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** JSON that came from outside as values. */
final class JsonValues {
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool", "function");

  private final Meter meter;

  JsonValues(Meter meter) {
    this.meter = meter;
  }

  Value of(JsonNode node) {
    return of(node, 0);
  }

  /**
   * A message. Templates build control tokens of roles ({@code <|user|>}), so one of the usual
   * names counts as the template's own word; any other is the request's, as all else in it.
   */
  Value message(ObjectNode message) {
    Dict dict = new Dict();
    for (Map.Entry<String, JsonNode> field : message.properties()) {
      JsonNode value = field.getValue();
      boolean role = field.getKey().equals("role") && ROLES.contains(value.asText());
      dict.put(field.getKey(), role ? Value.literal(value.asText()) : of(value, 1));
    }
    return new Value.Mapping(dict);
  }

  private Value of(JsonNode node, int depth) {
    meter.checkValueDepth(depth);
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Dict dict = new Dict();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
          dict.put(field.getKey(), of(field.getValue(), depth + 1));
        }
        yield new Value.Mapping(dict);
      }
      case ARRAY -> {
        List<Value> items = new ArrayList<>(node.size());
        for (JsonNode item : node) {
          items.add(of(item, depth + 1));
        }
        yield Value.list(items);
      }
      case STRING -> Value.given(node.textValue());
      case BOOLEAN -> Value.of(node.booleanValue());
      case NUMBER ->
          node.isIntegralNumber()
              ? Numbers.bounded(node.bigIntegerValue())
              : Value.of(node.doubleValue());
      case NULL -> Value.NONE;
      case MISSING, BINARY, POJO ->
          throw Fault.of("a value of type " + node.getNodeType() + " can't be given to a template");
    };
  }
}
