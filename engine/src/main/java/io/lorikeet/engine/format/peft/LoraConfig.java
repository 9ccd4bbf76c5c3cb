package io.lorikeet.engine.format.peft;

import java.util.List;
import java.util.Optional;

/**
 * The part of a LoRA configuration that decides what the tensors mean.
 *
 * @param baseName what the adapter was made for, where the file says so
 * @param rank default rank
 * @param alpha default alpha
 * @param rankStabilized scale is alpha / sqrt(rank) instead of alpha / rank
 * @param dora rows are normalised and scaled by a magnitude
 * @param targets which modules are adapted
 * @param ranks exceptions from {@code rank}, first match wins
 * @param alphas exceptions from {@code alpha}, first match wins
 * @param modulesToSave modules that the adapter replaces as a whole
 */
record LoraConfig(
    Optional<String> baseName,
    int rank,
    double alpha,
    boolean rankStabilized,
    boolean dora,
    TargetRule targets,
    List<Special> ranks,
    List<Special> alphas,
    List<String> modulesToSave) {

  /** A value for the modules that a pattern matches. */
  record Special(ModulePattern pattern, double value) {}

  int rankOf(String key) {
    return (int) first(ranks, key, rank);
  }

  /** The factor on {@code B A x} for a module. */
  double scaleOf(String key) {
    double moduleAlpha = first(alphas, key, alpha);
    int moduleRank = rankOf(key);
    return rankStabilized ? moduleAlpha / Math.sqrt(moduleRank) : moduleAlpha / moduleRank;
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
