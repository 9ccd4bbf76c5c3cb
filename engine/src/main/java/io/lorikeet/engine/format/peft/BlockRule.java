package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;

/**
 * BD-LoRA: matrices whose elements are zero outside the blocks of their diagonal are stored as
 * these blocks, one below the other. Source: peft 0.21.2, BdLoraConfig and BdLoraLinearVariant.
 *
 * @param count blocks of a matrix
 * @param ofA parts of the paths of modules whose A is stored so
 * @param ofB parts of the paths of modules whose B is stored so
 * @param strict each module's A or B is stored so
 */
record BlockRule(int count, List<String> ofA, List<String> ofB, boolean strict) {
  /** Every matrix is stored whole. */
  static final BlockRule NONE = new BlockRule(1, List.of(), List.of(), false);

  private static final String FIELD = "use_bdlora";
  private static final FieldTable FIELDS =
      new FieldTable()
          .used("nblocks", "target_modules_bd_a", "target_modules_bd_b", "match_strict");

  static BlockRule read(ConfigValues config) {
    if (config.isOff(FIELD)) {
      return NONE;
    }
    JsonNode field = config.at(FIELD);
    if (!(field instanceof ObjectNode object)) {
      throw config.invalid(FIELD, "an object");
    }
    FIELDS.check(object);
    ConfigValues values = new ConfigValues(object);
    return new BlockRule(
        values.rank("nblocks", 1),
        values.texts("target_modules_bd_a"),
        values.texts("target_modules_bd_b"),
        values.at("match_strict").isMissingNode() || values.flag("match_strict"));
  }

  boolean isNone() {
    return ofA.isEmpty() && ofB.isEmpty() && !strict;
  }

  /** The blocks that a module's A is stored as. */
  int ofA(String key) {
    check(key);
    return ofA.stream().anyMatch(key::contains) ? count : 1;
  }

  /** The blocks that a module's B is stored as. */
  int ofB(String key) {
    check(key);
    return ofB.stream().anyMatch(key::contains) ? count : 1;
  }

  private void check(String key) {
    boolean a = ofA.stream().anyMatch(key::contains);
    boolean b = ofB.stream().anyMatch(key::contains);
    if ((a && b) || (strict && !a && !b)) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_CONFIG_INVALID,
          "adapter_config.json: `use_bdlora` must name A or B of `%s`, not both. Given: %s"
              .formatted(key, a ? "both" : "neither"));
    }
  }
}
