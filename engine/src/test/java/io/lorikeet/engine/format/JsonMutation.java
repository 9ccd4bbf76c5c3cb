package io.lorikeet.engine.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * A JSON object with one to three changes as a careless tool, an older version or an attacker would
 * make them.
 */
public final class JsonMutation {
  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Values that stand in for others, as they are written. */
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "false",
          "0",
          "1",
          "-1",
          "2",
          "8",
          "0.5",
          "1.0",
          "-0.0",
          "1e-320",
          "1e308",
          "1e400",
          "-1e400",
          "NaN",
          "Infinity",
          "2147483647",
          "2147483648",
          "-2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "123456789012345678901234567890",
          "\"\"",
          "\"0\"",
          "\"q_proj\"",
          "\"none\"",
          "\"all\"",
          "\"(a*)*b\"",
          "\"[\"",
          "\".*\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"\\u202e\\ud83e\\udd9c\"",
          "[]",
          "[null]",
          "[0]",
          "[1, 1]",
          "[\"q_proj\"]",
          "[[1]]",
          "{}",
          "{\"\": 1}",
          "{\"q_proj\": 2}",
          "{\"a\": {\"a\": {}}}");

  private final Random random;
  private final List<String> log = new ArrayList<>();
  // Placeholders of values that a tree can't hold, and what is written for them.
  private final List<String> raw = new ArrayList<>();

  private JsonMutation(Random random) {
    this.random = random;
  }

  /**
   * The changed text.
   *
   * @param what for messages
   */
  public record Changed(byte[] bytes, String what) {}

  public static Changed of(JsonNode original, Random random) {
    JsonMutation mutation = new JsonMutation(random);
    ObjectNode tree = original.deepCopy();
    for (int i = random.nextInt(8) == 0 ? 2 : random.nextInt(2); i >= 0; i--) {
      mutation.change(tree);
    }
    byte[] bytes = mutation.written(tree).getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(20) == 0) {
      bytes = mutation.damaged(bytes);
    }
    return new Changed(bytes, String.join("; ", mutation.log));
  }

  private void change(ObjectNode tree) {
    List<ObjectNode> objects = new ArrayList<>();
    List<ArrayNode> arrays = new ArrayList<>();
    collect(tree, objects, arrays);
    if (!arrays.isEmpty() && random.nextInt(4) == 0) {
      changeArray(arrays.get(random.nextInt(arrays.size())));
      return;
    }
    // Most fields are at the top; what is nested would be changed seldom otherwise.
    ObjectNode object = random.nextBoolean() ? tree : objects.get(random.nextInt(objects.size()));
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    if (names.isEmpty()) {
      set(object, "stray", value());
      return;
    }
    String name = names.get(random.nextInt(names.size()));
    switch (random.nextInt(9)) {
      case 0 -> {
        log.add("without " + name);
        object.remove(name);
      }
      case 1 -> set(object, name, twice(name, object.get(name)));
      case 2, 3 -> set(object, name, value());
      case 4, 5 -> set(object, name, near(object.get(name)));
      case 6 -> {
        String other = renamed(name, names);
        set(object, other, object.remove(name));
      }
      case 7 -> set(object, stray(), value());
      default -> {
        String other = names.get(random.nextInt(names.size()));
        JsonNode moved = object.get(other);
        set(object, other, object.get(name));
        set(object, name, moved);
      }
    }
  }

  private static void collect(JsonNode node, List<ObjectNode> objects, List<ArrayNode> arrays) {
    if (node instanceof ObjectNode object) {
      objects.add(object);
    } else if (node instanceof ArrayNode array) {
      arrays.add(array);
    }
    node.forEach(child -> collect(child, objects, arrays));
  }

  private void set(ObjectNode object, String name, JsonNode value) {
    String text = written(value);
    log.add(brief(name) + " = " + brief(text));
    object.set(name, value);
  }

  private static String brief(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }

  private void changeArray(ArrayNode array) {
    int at = random.nextInt(array.size() + 1);
    log.add("in a list of " + array.size());
    switch (array.isEmpty() ? 0 : random.nextInt(5)) {
      case 0 -> array.insert(at, value());
      case 1 -> array.remove(at % array.size());
      case 2 -> array.add(array.get(at % array.size()).deepCopy());
      case 3 -> array.set(at % array.size(), near(array.get(at % array.size())));
      default -> {
        JsonNode first = array.get(0);
        array.set(0, array.get(at % array.size()));
        array.set(at % array.size(), first);
      }
    }
  }

  private JsonNode value() {
    return switch (random.nextInt(12)) {
      case 0 -> raw("[".repeat(70) + "]".repeat(70));
      case 1 -> raw("{\"a\":".repeat(20_000) + "1" + "}".repeat(20_000));
      case 2 -> TextNode.valueOf("x".repeat(random.nextInt(3) * 50_000 + 1));
      case 3 -> TextNode.valueOf("a\\.(b|".repeat(2_000));
      default -> raw(VALUES.get(random.nextInt(VALUES.size())));
    };
  }

  /** A value like the given one. */
  private JsonNode near(JsonNode node) {
    if (node.isBoolean()) {
      return NODES.booleanNode(!node.booleanValue());
    }
    if (node.isIntegralNumber()) {
      long n = node.longValue();
      long[] candidates = {n + 1, n - 1, -n, 2 * n, 3 * n, n / 2, 0, n << 32, n + (1L << 32)};
      return NODES.numberNode(candidates[random.nextInt(candidates.length)]);
    }
    if (node.isNumber()) {
      double x = node.doubleValue();
      double[] candidates = {x * 2, -x, x / 3, 0, Math.nextUp(x), x * 1e300};
      return NODES.numberNode(candidates[random.nextInt(candidates.length)]);
    }
    if (node.isTextual()) {
      String text = node.textValue();
      return switch (random.nextInt(4)) {
        case 0 -> TextNode.valueOf(text.toUpperCase(Locale.ROOT));
        case 1 -> TextNode.valueOf(text + " ");
        case 2 -> TextNode.valueOf(text.isEmpty() ? "a" : text.substring(1));
        default -> NODES.arrayNode().add(text);
      };
    }
    if (node.isArray() && node.size() == 1) {
      return node.get(0);
    }
    return node.isNull() ? value() : NODES.nullNode();
  }

  private String renamed(String name, List<String> names) {
    return switch (random.nextInt(4)) {
      case 0 -> name + "_";
      case 1 -> name.toUpperCase(Locale.ROOT);
      case 2 -> name.isEmpty() ? "a" : name.substring(1);
      default -> names.get(random.nextInt(names.size()));
    };
  }

  private String stray() {
    return List.of("stray", "", "\u202e", "__metadata__", "x".repeat(2_000), "a.b", "lora_magic")
        .get(random.nextInt(7));
  }

  private JsonNode twice(String name, JsonNode value) {
    String other = random.nextBoolean() ? value.toString() : "null";
    return raw(value + "," + TextNode.valueOf(name) + ":" + other);
  }

  private JsonNode raw(String text) {
    raw.add(text);
    return TextNode.valueOf("@raw" + (raw.size() - 1) + "@");
  }

  private String written(JsonNode tree) {
    String text = tree.toString();
    for (int i = raw.size() - 1; i >= 0; i--) {
      text = text.replace("\"@raw" + i + "@\"", raw.get(i));
    }
    return text;
  }

  /** Cut off, or with a few other bytes. */
  private byte[] damaged(byte[] bytes) {
    log.add("damaged");
    if (random.nextBoolean()) {
      return Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
    }
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  /** The object of a text that has been accepted as one. */
  public static ObjectNode parsed(byte[] bytes) {
    try {
      return (ObjectNode) JSON.readTree(bytes);
    } catch (IOException e) {
      throw new AssertionError("accepted, but no JSON", e);
    }
  }

  /**
   * A value without its spelling: what is off (null, false, empty) is nothing, whole numbers have
   * no fraction, names are sorted.
   */
  public static String plain(JsonNode value) {
    if (value.isMissingNode() || value.isNull() || (value.isBoolean() && !value.booleanValue())) {
      return "";
    }
    if (value.isBoolean()) {
      return "true";
    }
    if (value.isNumber()) {
      return value.isIntegralNumber() ? value.asText() : plainNumber(value.doubleValue());
    }
    if (value.isTextual()) {
      return value.textValue().isEmpty() ? "" : value.toString();
    }
    List<String> parts = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(entry -> parts.add(plain(entry)));
      return parts.isEmpty() ? "" : parts.toString();
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      String text = plain(entry.getValue());
      if (!text.isEmpty()) {
        parts.add(TextNode.valueOf(entry.getKey()) + ":" + text);
      }
    }
    parts.sort(null);
    return parts.isEmpty() ? "" : "{" + String.join(",", parts) + "}";
  }

  private static String plainNumber(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
