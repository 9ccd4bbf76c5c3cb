package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Invocation;
import java.util.List;
import java.util.Map;
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
 * @param modulesToSave modules that the adapter replaces as a whole: endings of paths
 * @param bias which biases it replaces
 * @param loraBias B has a bias, which is scaled like the update
 * @param ensureWeightTying what adapts the embedding of a tied model adapts its head
 * @param tokenRows tokens whose rows are replaced, by the ending of the module's path
 * @param invocation what wakes the adapter
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
    List<String> modulesToSave,
    Bias bias,
    boolean loraBias,
    boolean ensureWeightTying,
    Map<String, List<Integer>> tokenRows,
    Invocation invocation) {

  /** Which biases of the base the adapter replaces. */
  enum Bias {
    NONE,
    LORA_ONLY,
    ALL
  }

  /** A value for the modules that a pattern matches. */
  record Special(ModulePattern pattern, double value) {}

  /** Whether a module is adapted. One that is saved as a whole never is. */
  boolean selects(String key) {
    return !isWithinSaved(key) && targets.selects(key);
  }

  private boolean isWithinSaved(String key) {
    String path = "." + key + ".";
    return modulesToSave.stream().anyMatch(module -> path.contains("." + module + "."));
  }

  /** Whether a module is saved as a whole. */
  boolean saves(String key) {
    return modulesToSave.stream().anyMatch(key::endsWith);
  }

  /** The tokens of a vocabulary matrix whose rows are replaced. */
  Optional<List<Integer>> tokensOf(String key) {
    return tokenRows.entrySet().stream()
        .filter(entry -> ("." + key).endsWith("." + entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

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
