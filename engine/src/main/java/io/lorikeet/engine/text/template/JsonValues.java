package io.lorikeet.engine.text.template;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** JSON that came from outside as values. */
final class JsonValues {
  private final Meter meter;

  JsonValues(Meter meter) {
    this.meter = meter;
  }

  Value of(JsonNode node) {
    return of(node, 0);
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
      case STRING -> Value.of(node.textValue());
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
