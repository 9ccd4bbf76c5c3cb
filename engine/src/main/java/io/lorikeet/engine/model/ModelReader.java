package io.lorikeet.engine.model;

import java.util.Set;

/** Turns the config.json of one family of {@code model_type}s into a spec and tensor names. */
interface ModelReader {
  /** The family's {@code model_type}s. */
  Set<String> modelTypes();

  /**
   * Reads the spec; fields that are left are refused by the caller.
   *
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_CONFIG_INVALID,
   *     MODEL_FIELD_UNSUPPORTED
   */
  Architecture read(String modelType, ConfigFields config);

  /** Fields that are known not to change inference in this family. */
  Set<String> neutralFields();

  /**
   * What a reader found.
   *
   * @param names where the weights stand in the files
   */
  record Architecture(DecoderSpec spec, TensorNames names) {}
}
