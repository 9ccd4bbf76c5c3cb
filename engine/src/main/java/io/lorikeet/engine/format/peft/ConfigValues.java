package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The fields of an adapter_config.json by type. An absent field and null are the same. */
final class ConfigValues {
  /** Above any rank that fits the limits of files. */
  static final int RANK_MAX = 1 << 20;

  private static final int BRIEF_CHARS = 200;

  private final ObjectNode config;

  ConfigValues(ObjectNode config) {
    this.config = config;
  }

  ObjectNode json() {
    return config;
  }

  /** The value, which may be missing. */
  JsonNode at(String name) {
    return config.path(name);
  }

  boolean isAbsent(String name) {
    return at(name).isMissingNode() || at(name).isNull();
  }

  /** Absent, false or empty. */
  boolean isOff(String name) {
    return isOff(at(name));
  }

  /** Missing, null, false or empty. */
  static boolean isOff(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isTextual() && value.textValue().isEmpty())
        || (value.isContainerNode() && value.isEmpty());
  }

  /** True or false, false where absent. */
  boolean flag(String name) {
    if (isAbsent(name)) {
      return false;
    }
    if (!at(name).isBoolean()) {
      throw invalid(name, "true or false");
    }
    return at(name).booleanValue();
  }

  Optional<String> text(String name) {
    if (isAbsent(name)) {
      return Optional.empty();
    }
    if (!at(name).isTextual()) {
      throw invalid(name, "a string");
    }
    return Optional.of(at(name).textValue());
  }

  /** A list of strings, empty where off. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    if (isOff(name)) {
      return texts;
    }
    if (!at(name).isArray()) {
      throw invalid(name, "a string or a list of strings");
    }
    for (JsonNode entry : at(name)) {
      if (!entry.isTextual()) {
        throw invalid(name, "a string or a list of strings");
      }
      texts.add(entry.textValue());
    }
    return texts;
  }

  /** A rank that may be left out, but not null. */
  int rank(String name, int absent) {
    return at(name).isMissingNode() ? absent : rank(name, at(name));
  }

  int rank(String name, JsonNode value) {
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < 1
        || value.intValue() > RANK_MAX) {
      throw invalid(name, "an integer from 1 to " + RANK_MAX);
    }
    return value.intValue();
  }

  /** A number that may be left out, but not null. */
  double number(String name, double absent) {
    return at(name).isMissingNode() ? absent : number(name, at(name));
  }

  double number(String name, JsonNode value) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw invalid(name, "a finite number");
    }
    return value.doubleValue();
  }

  LorikeetException invalid(String name, String wanted) {
    return refuse(ErrorCode.ADAPTER_CONFIG_INVALID, name, wanted);
  }

  LorikeetException refuse(ErrorCode code, String name, String wanted) {
    return new LorikeetException(
        code,
        "adapter_config.json: `%s` must be %s. Given: %s"
            .formatted(name, wanted, brief(at(name).toString())));
  }

  /** A value of the file as it may stand in a message. */
  static String brief(String text) {
    return text.length() > BRIEF_CHARS ? text.substring(0, BRIEF_CHARS) + "..." : text;
  }
}
