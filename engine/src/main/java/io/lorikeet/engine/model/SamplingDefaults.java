package io.lorikeet.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.ConfinedPath;
import io.lorikeet.engine.format.FileFamily;
import io.lorikeet.engine.format.FileLimits;
import io.lorikeet.engine.format.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a model's makers advise to draw its tokens: generation_config.json, for requests that do not
 * say. {@code do_sample} is left aside, as vLLM does: a request's own temperature decides.
 *
 * @param notApplied fields that would change answers and have no part here yet
 */
public record SamplingDefaults(
    double temperature,
    int topK,
    double topP,
    double minP,
    double typicalP,
    double repetitionPenalty,
    List<String> notApplied) {
  /** OpenAI's defaults. */
  public static final SamplingDefaults NONE = new SamplingDefaults(1, 0, 1, 0, 1, 1, List.of());

  private static final String FILE = "generation_config.json";
  private static final int TOP_K_MAX = 1 << 24;

  /** Fields that change how tokens are drawn, each with the value at which it does nothing. */
  private static final Map<String, Double> OTHERS =
      Map.ofEntries(
          Map.entry("encoder_repetition_penalty", 1.0),
          Map.entry("no_repeat_ngram_size", 0.0),
          Map.entry("epsilon_cutoff", 0.0),
          Map.entry("eta_cutoff", 0.0),
          Map.entry("top_h", 1.0),
          Map.entry("num_beams", 1.0),
          Map.entry("penalty_alpha", 0.0),
          Map.entry("min_length", 0.0),
          Map.entry("min_new_tokens", 0.0),
          Map.entry("guidance_scale", 1.0));

  /** Fields that change which tokens are drawn wherever they hold something. */
  private static final List<String> RULES =
      List.of(
          "bad_words_ids",
          "begin_suppress_tokens",
          "constraints",
          "exponential_decay_length_penalty",
          "force_words_ids",
          "forced_bos_token_id",
          "forced_decoder_ids",
          "forced_eos_token_id",
          "sequence_bias",
          "stop_strings",
          "suppress_tokens",
          "watermarking_config");

  public SamplingDefaults {
    notApplied = List.copyOf(notApplied);
  }

  /**
   * Reads a model folder's file; {@link #NONE} where there is none.
   *
   * @throws io.lorikeet.engine.error.LorikeetException MODEL_CONFIG_INVALID for a value outside its
   *     range
   */
  public static SamplingDefaults read(Path folder) {
    Path file = ConfinedPath.resolve(folder, FILE, FileFamily.MODEL);
    if (!Files.exists(file)) {
      return NONE;
    }
    ObjectNode fields = StrictJson.readConfig(file, FileFamily.MODEL, FileLimits.DEFAULT);
    List<String> notApplied = new ArrayList<>();
    OTHERS.forEach((name, neutral) -> {
      JsonNode value = fields.path(name);
      if (!value.isMissingNode() && !value.isNull() && value.asDouble(Double.NaN) != neutral) {
        notApplied.add(name);
      }
    });
    for (String name : RULES) {
      JsonNode value = fields.path(name);
      boolean empty = value.isContainerNode() && value.isEmpty();
      if (!value.isMissingNode() && !value.isNull() && !empty) {
        notApplied.add(name);
      }
    }
    return new SamplingDefaults(
        number(fields, "temperature", 0, 2).orElse(NONE.temperature),
        number(fields, "top_k", 0, TOP_K_MAX).orElse((double) NONE.topK).intValue(),
        number(fields, "top_p", Float.MIN_VALUE, 1).orElse(NONE.topP),
        number(fields, "min_p", 0, 1).orElse(NONE.minP),
        number(fields, "typical_p", Float.MIN_VALUE, 1).orElse(NONE.typicalP),
        number(fields, "repetition_penalty", Float.MIN_VALUE, Float.MAX_VALUE)
            .orElse(NONE.repetitionPenalty),
        notApplied.stream().sorted().toList());
  }

  /**
   * Refuses what would be ignored.
   *
   * @param acceptFields fields to leave aside nonetheless
   * @return those that are left aside
   * @throws LorikeetException MODEL_FIELD_UNSUPPORTED
   */
  public List<String> refuseUnless(Collection<String> acceptFields) {
    List<String> refused =
        notApplied.stream().filter(name -> !acceptFields.contains(name)).toList();
    if (!refused.isEmpty()) {
      throw new LorikeetException(
          ErrorCode.MODEL_FIELD_UNSUPPORTED,
          "%s: `%s` would change answers and is not implemented; `model.accept-fields` leaves it aside"
              .formatted(FILE, String.join("`, `", refused)));
    }
    return notApplied;
  }

  private static Optional<Double> number(
      ObjectNode fields, String name, double least, double most) {
    JsonNode value = fields.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!(number >= least && number <= most)) {
      throw FileFamily.MODEL.configInvalid(
          "%s: `%s` must be a number from %s to %s. Given: %s"
              .formatted(FILE, name, least, most, value));
    }
    return Optional.of(number);
  }
}
