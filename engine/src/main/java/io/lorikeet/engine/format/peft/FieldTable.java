package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What becomes of each field of a method's configuration: used, neutral for a stated reason, or
 * refused with a code unless it is off. A field that stands nowhere here is refused unless it is
 * off.
 */
final class FieldTable {
  private sealed interface Action {
    /** The method's reader reads it. */
    record Used() implements Action {}

    /** Cannot change inference, whatever its value. */
    record Neutral(String reason) implements Action {}

    /** Off (absent, null, false, empty) or refused. */
    record Refused(ErrorCode code, String why) implements Action {}
  }

  private final Map<String, Action> actions = new LinkedHashMap<>();

  /** The fields that every method has. */
  static FieldTable common() {
    return new FieldTable()
        .used("peft_type", "task_type", "base_model_name_or_path", "target_modules")
        .used("modules_to_save")
        .neutral("peft_version", "bookkeeping")
        .neutral("auto_mapping", "bookkeeping")
        .neutral("inference_mode", "bookkeeping")
        .neutral("revision", "the base is the one that is served; shapes decide");
  }

  FieldTable used(String... names) {
    for (String name : names) {
      actions.put(name, new Action.Used());
    }
    return this;
  }

  FieldTable neutral(String name, String reason) {
    actions.put(name, new Action.Neutral(reason));
    return this;
  }

  FieldTable refused(String name, ErrorCode code, String why) {
    actions.put(name, new Action.Refused(code, why));
    return this;
  }

  /** Whether the field cannot change inference, whatever its value. */
  boolean isNeutral(String name) {
    return actions.get(name) instanceof Action.Neutral;
  }

  /** Every known field. */
  Set<String> names() {
    return actions.keySet();
  }

  /**
   * Checks that every field has a known meaning.
   *
   * @throws LorikeetException ADAPTER_FIELD_UNKNOWN or the field's own code
   */
  void check(ObjectNode config) {
    for (Map.Entry<String, JsonNode> field : config.properties()) {
      if (ConfigValues.isOff(field.getValue())) {
        continue;
      }
      Action action = actions.get(field.getKey());
      if (action == null) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_FIELD_UNKNOWN,
            "adapter_config.json: `%s` is not known and must be absent or off. Given: %s"
                .formatted(ConfigValues.brief(field.getKey()), brief(field.getValue())));
      }
      if (action instanceof Action.Refused refused) {
        throw new LorikeetException(
            refused.code,
            "adapter_config.json: `%s` must be absent or off, for %s is not supported. Given: %s"
                .formatted(field.getKey(), refused.why, brief(field.getValue())));
      }
    }
  }

  private static String brief(JsonNode value) {
    return ConfigValues.brief(value.toString());
  }
}
