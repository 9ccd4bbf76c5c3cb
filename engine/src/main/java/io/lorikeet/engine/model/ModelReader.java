package io.lorikeet.engine.model;

import java.util.Set;

/** Turns the config.json of one family of {@code model_type}s into a spec and tensor names. */
interface ModelReader {
  /** Fields that are known not to change inference in any family. */
  Set<String> NEUTRAL =
      Set.of(
          "_name_or_path",
          "attention_dropout",
          "auto_map",
          "bos_token_id",
          "dtype",
          "initializer_range",
          "model_max_length",
          "output_router_logits",
          "pad_token_id",
          "pretraining_tp",
          "router_aux_loss_coef",
          "torch_dtype",
          "transformers_version",
          "unk_token_id",
          "use_cache");

  /** The family's {@code model_type}s. */
  Set<String> modelTypes();

  /**
   * Reads the spec; fields that are left are refused by the caller.
   *
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_CONFIG_INVALID,
   *     MODEL_FIELD_UNSUPPORTED
   */
  Architecture read(String modelType, ConfigFields config);

  /** Fields beside {@link #NEUTRAL} that are known not to change inference in this family. */
  default Set<String> neutralFields() {
    return Set.of();
  }

  /**
   * What a reader found.
   *
   * @param names where the weights stand in the files
   */
  record Architecture(DecoderSpec spec, TensorNames names) {}
}
