package io.lorikeet.http.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Typed access to the fields of a request. An explicit null is as good as an absent field; a wrong
 * type is REQUEST_INVALID and names the field, what is wanted and what was given.
 */
public final class Fields {
  private static final int SHOWN_MAX = 40;

  private final ObjectNode object;
  private final String place;

  public Fields(ObjectNode object) {
    this(object, "");
  }

  /**
   * Fields of an object within the request.
   *
   * @param place what stands before their names in refusals, such as {@code adapters[0].}
   */
  public Fields(ObjectNode object, String place) {
    this.object = object;
    this.place = place;
  }

  /** The name of a field as refusals show it. */
  public String full(String name) {
    return place + name;
  }

  /**
   * Refuses fields that nobody reads.
   *
   * @throws LorikeetException PARAMETER_UNSUPPORTED
   */
  public void only(String... known) {
    List<String> read = List.of(known);
    for (String name : names()) {
      if (!read.contains(name)) {
        throw Refused.unsupported(
            full(name),
            "only `" + String.join("`, `", read) + (read.size() == 1 ? "` is" : "` are"));
      }
    }
  }

  /** The names that are there, with values other than null. */
  public Iterable<String> names() {
    return () -> presentNames();
  }

  private Iterator<String> presentNames() {
    return object
        .propertyStream()
        .filter(entry -> !entry.getValue().isNull())
        .map(entry -> entry.getKey())
        .iterator();
  }

  public Optional<JsonNode> any(String name) {
    return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
  }

  public Optional<String> text(String name) {
    return any(name).map(node -> text(full(name), node));
  }

  public String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(full(name)));
  }

  public boolean flag(String name, boolean otherwise) {
    Optional<JsonNode> node = any(name);
    if (node.isPresent() && !node.get().isBoolean()) {
      throw wrongType(full(name), "true or false", node.get());
    }
    return node.map(JsonNode::booleanValue).orElse(otherwise);
  }

  /** A finite number; what is rounded to infinity as a float is out of range. */
  public OptionalDouble number(String name) {
    Optional<JsonNode> node = any(name);
    return node.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(number(full(name), node.get()));
  }

  public OptionalInt integer(String name) {
    Optional<BigInteger> value = whole(name);
    return value.isEmpty() ? OptionalInt.empty() : OptionalInt.of(toInt(full(name), value.get()));
  }

  /** A whole number of any size. */
  public Optional<BigInteger> whole(String name) {
    return any(name).map(node -> whole(full(name), node));
  }

  public Optional<ObjectNode> object(String name) {
    Optional<JsonNode> node = any(name);
    if (node.isPresent() && !node.get().isObject()) {
      throw wrongType(full(name), "an object", node.get());
    }
    return node.map(ObjectNode.class::cast);
  }

  public Optional<ArrayNode> array(String name) {
    Optional<JsonNode> node = any(name);
    if (node.isPresent() && !node.get().isArray()) {
      throw wrongType(full(name), "an array", node.get());
    }
    return node.map(ArrayNode.class::cast);
  }

  /** The string that an element of a field must be. */
  public static String text(String name, JsonNode node) {
    if (!node.isTextual()) {
      throw wrongType(name, "a string", node);
    }
    return node.textValue();
  }

  /** The finite number that an element of a field must be. */
  public static double number(String name, JsonNode node) {
    if (!node.isNumber()) {
      throw wrongType(name, "a number", node);
    }
    double value = node.doubleValue();
    require(Float.isFinite((float) value), name, "must be a finite number", shown(node));
    return value;
  }

  /** The int that an element of a field must be. */
  public static int integer(String name, JsonNode node) {
    return toInt(name, whole(name, node));
  }

  private static BigInteger whole(String name, JsonNode node) {
    if (!node.isIntegralNumber()) {
      throw wrongType(name, "an integer", node);
    }
    return node.bigIntegerValue();
  }

  private static int toInt(String name, BigInteger value) {
    require(
        value.bitLength() < Integer.SIZE,
        name,
        "must be an integer of 32 bits",
        shown(value.toString()));
    return value.intValue();
  }

  /**
   * Refuses a value that is out of its range.
   *
   * @param rule such as {@code must be >= 1}
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE when {@code holds} is false
   */
  public static void require(boolean holds, String name, String rule, Object given) {
    if (!holds) {
      throw new LorikeetException(
          ErrorCode.PARAMETER_OUT_OF_RANGE, "`" + name + "` " + rule + ". Given: " + given);
    }
  }

  public static LorikeetException missing(String name) {
    return new LorikeetException(ErrorCode.REQUEST_INVALID, "`" + name + "` is required");
  }

  public static LorikeetException wrongType(String name, String wanted, JsonNode given) {
    return new LorikeetException(
        ErrorCode.REQUEST_INVALID, "`" + name + "` must be " + wanted + ". Given: " + kind(given));
  }

  /** What a value is, without showing what a client wrote. */
  public static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT, POJO -> "an object";
      case ARRAY -> "an array";
      case STRING, BINARY -> "a string";
      case NUMBER -> "the number " + shown(node);
      case BOOLEAN -> node.asText();
      case NULL -> "null";
      case MISSING -> "nothing";
    };
  }

  private static String shown(JsonNode number) {
    return shown(number.asText());
  }

  private static String shown(String digits) {
    return digits.length() <= SHOWN_MAX
        ? digits
        : digits.substring(0, SHOWN_MAX) + "... (" + digits.length() + " characters)";
  }
}
