package io.lorikeet.engine.format.peft;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Rank and scale of each module: defaults, and exceptions by pattern, of which the first match
 * wins. Source: peft 0.21.2, get_pattern_key.
 *
 * @param rank default rank
 * @param alpha default alpha
 * @param rankStabilized scale is alpha / sqrt(rank) instead of alpha / rank
 * @param ranks exceptions from {@code rank}
 * @param alphas exceptions from {@code alpha}
 */
record RankRule(
    int rank, double alpha, boolean rankStabilized, List<Special> ranks, List<Special> alphas) {
  /** PEFT's default of both. */
  static final int DEFAULT = 8;

  /** A value for the modules that a pattern matches. */
  record Special(ModulePattern pattern, double value) {}

  /**
   * Reads {@code r}, alpha, {@code rank_pattern} and {@code alpha_pattern}.
   *
   * @param alphaField the method's name for alpha
   */
  static RankRule read(
      ConfigValues config, String alphaField, boolean rankStabilized, PatternBudget budget) {
    return new RankRule(
        config.rank("r", DEFAULT),
        config.number(alphaField, DEFAULT),
        rankStabilized,
        specials(config, "rank_pattern", v -> config.rank("rank_pattern", v), budget),
        specials(config, "alpha_pattern", v -> config.number("alpha_pattern", v), budget));
  }

  private static List<Special> specials(
      ConfigValues config, String name, ToDoubleFunction<JsonNode> value, PatternBudget budget) {
    List<Special> specials = new ArrayList<>();
    if (config.isAbsent(name)) {
      return specials;
    }
    if (!config.at(name).isObject()) {
      throw config.invalid(name, "an object");
    }
    for (Map.Entry<String, JsonNode> entry : config.at(name).properties()) {
      // PEFT builds the pattern from text in the same way, so a strange key means the same.
      String pattern = "(.*\\.)?(" + entry.getKey() + ")$";
      specials.add(
          new Special(
              ModulePattern.compile(name, pattern, budget), value.applyAsDouble(entry.getValue())));
    }
    return specials;
  }

  int rankOf(String key) {
    return (int) first(ranks, key, rank);
  }

  /** The factor on the update of a module. */
  double scaleOf(String key) {
    double moduleAlpha = first(alphas, key, alpha);
    int moduleRank = rankOf(key);
    return rankStabilized ? moduleAlpha / Math.sqrt(moduleRank) : moduleAlpha / moduleRank;
  }

  /**
   * The rank that the configuration says, which must be the tensors'.
   *
   * @throws LorikeetException ADAPTER_RANK_MISMATCH
   */
  int check(String key, long stored) {
    int expected = rankOf(key);
    if (stored != expected) {
      throw mismatch(key, expected, stored);
    }
    return expected;
  }

  static LorikeetException mismatch(String key, int expected, long stored) {
    return new LorikeetException(
        ErrorCode.ADAPTER_RANK_MISMATCH,
        "`%s` must have the rank %d that the configuration says. Given: %d"
            .formatted(key, expected, stored));
  }

  private static double first(List<Special> specials, String key, double absent) {
    for (Special special : specials) {
      if (special.pattern.matchesStart(key)) {
        return special.value;
      }
    }
    return absent;
  }
}
