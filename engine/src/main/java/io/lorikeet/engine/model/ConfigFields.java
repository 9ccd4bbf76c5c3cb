package io.lorikeet.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Typed access to the fields of one configuration object. Every field that is read counts as used;
 * {@link #finish} refuses by name whatever is left and not known to be neutral. A null field counts
 * as absent.
 */
final class ConfigFields {
  private final String where;
  private final ObjectNode fields;
  private final Set<String> used = new HashSet<>();

  /**
   * @param where prefix of field names in messages, such as {@code rope_scaling.}
   */
  ConfigFields(String where, ObjectNode fields) {
    this.where = where;
    this.fields = fields;
  }

  /** A nested object's fields; it must be finished by its reader. */
  Optional<ConfigFields> object(String name) {
    return node(name)
        .map(node -> {
          if (!(node instanceof ObjectNode object)) {
            throw invalid(name, "an object", node);
          }
          return new ConfigFields(where + name + ".", object);
        });
  }

  boolean has(String name) {
    return node(name).isPresent();
  }

  /** Whether the field is there and null: some defaults hold for absent fields only. */
  boolean isNull(String name) {
    return fields.path(name).isNull();
  }

  /** Refuses another class than {@code name}; configs need not name one. */
  void requireArchitecture(String name) {
    List<String> architectures = texts("architectures");
    if (!architectures.isEmpty() && !architectures.contains(name)) {
      throw unsupported("architectures", "[\"" + name + "\"]");
    }
  }

  /** Refuses another value than {@code only}, which holds where the field is absent. */
  void requireFlag(String name, boolean only) {
    if (flag(name, only) != only) {
      throw unsupported(name, "" + only);
    }
  }

  int positive(String name, int most) {
    return optionalPositive(name, most).orElseThrow(() -> missing(name));
  }

  Optional<Integer> optionalPositive(String name, int most) {
    return node(name).map(node -> integer(name, node, 1, most));
  }

  Optional<Integer> optionalNotNegative(String name, int most) {
    return node(name).map(node -> integer(name, node, 0, most));
  }

  /** Integers from 0; empty where the field is absent. */
  List<Integer> integers(String name, int most) {
    List<Integer> values = new ArrayList<>();
    elements(name, "a list of integers").forEach(node -> values.add(integer(name, node, 0, most)));
    return values;
  }

  /** Finite numbers above zero. */
  List<Double> positiveNumbers(String name) {
    List<Double> values = new ArrayList<>();
    elements(name, "a list of numbers").forEach(node -> values.add(positiveNumber(name, node)));
    return values;
  }

  private List<JsonNode> elements(String name, String wanted) {
    List<JsonNode> elements = new ArrayList<>();
    node(name)
        .ifPresent(node -> {
          if (!node.isArray()) {
            throw invalid(name, wanted, node);
          }
          node.forEach(elements::add);
        });
    return elements;
  }

  private int integer(String name, JsonNode node, int least, int most) {
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < least
        || node.longValue() > most) {
      throw invalid(name, "an integer from " + least + " to " + most, node);
    }
    return node.intValue();
  }

  /** A finite number above zero. */
  Optional<Double> optionalPositiveNumber(String name) {
    return node(name).map(node -> positiveNumber(name, node));
  }

  private double positiveNumber(String name, JsonNode node) {
    double value = node.doubleValue();
    if (!node.isNumber() || !(value > 0) || Double.isInfinite(value)) {
      throw invalid(name, "a finite number > 0", node);
    }
    return value;
  }

  boolean flag(String name, boolean absent) {
    return node(name)
        .map(node -> {
          if (!node.isBoolean()) {
            throw invalid(name, "true or false", node);
          }
          return node.booleanValue();
        })
        .orElse(absent);
  }

  Optional<String> text(String name) {
    return node(name)
        .map(node -> {
          if (!node.isTextual()) {
            throw invalid(name, "a string", node);
          }
          return node.textValue();
        });
  }

  List<String> texts(String name) {
    List<String> values = new ArrayList<>();
    node(name)
        .ifPresent(node -> {
          if (!node.isArray()) {
            throw invalid(name, "a list of strings", node);
          }
          for (JsonNode entry : node) {
            if (!entry.isTextual()) {
              throw invalid(name, "a list of strings", node);
            }
            values.add(entry.textValue());
          }
        });
    return values;
  }

  /** One token id or a list of them. */
  List<Integer> tokenIds(String name) {
    List<Integer> ids = new ArrayList<>();
    node(name)
        .ifPresent(node -> {
          for (JsonNode id : node.isArray() ? node : List.of(node)) {
            if (!id.isIntegralNumber() || !id.canConvertToInt()) {
              throw invalid(name, "a token id or a list of them", node);
            }
            ids.add(id.intValue());
          }
        });
    return ids;
  }

  /**
   * Refuses the fields that nobody read.
   *
   * @param neutral fields that are known not to change inference
   * @param accepted fields that the operator overrules
   * @return the overruled fields that were there
   */
  List<String> finish(Set<String> neutral, Set<String> accepted) {
    List<String> overruled = new ArrayList<>();
    for (String name : (Iterable<String>) fields::fieldNames) {
      if (used.contains(name) || neutral.contains(name) || fields.get(name).isNull()) {
        continue;
      }
      if (!accepted.contains(where + name)) {
        throw unsupported(name, "a field that is implemented");
      }
      overruled.add(where + name);
    }
    return overruled;
  }

  LorikeetException unsupported(String name, String wanted) {
    return new LorikeetException(
        ErrorCode.MODEL_FIELD_UNSUPPORTED,
        "config.json: `%s%s` must be %s. Given: %s".formatted(where, name, wanted, given(name)));
  }

  LorikeetException invalid(String name, String wanted) {
    return invalid(name, wanted, fields.path(name));
  }

  private LorikeetException missing(String name) {
    return new LorikeetException(
        ErrorCode.MODEL_CONFIG_INVALID, "config.json: `%s%s` must be there".formatted(where, name));
  }

  private LorikeetException invalid(String name, String wanted, JsonNode given) {
    return new LorikeetException(
        ErrorCode.MODEL_CONFIG_INVALID,
        "config.json: `%s%s` must be %s. Given: %s".formatted(where, name, wanted, given));
  }

  private String given(String name) {
    String text = fields.path(name).toString();
    return text.length() > 200 ? text.substring(0, 200) + "..." : text;
  }

  private Optional<JsonNode> node(String name) {
    used.add(name);
    return Optional.ofNullable(fields.get(name)).filter(node -> !node.isNull());
  }
}
