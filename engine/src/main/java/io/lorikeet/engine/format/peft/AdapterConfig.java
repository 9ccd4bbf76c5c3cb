package io.lorikeet.engine.format.peft;

import io.lorikeet.engine.adapter.Invocation;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The part of a configuration that decides what the tensors mean.
 *
 * @param baseName what the adapter was made for, where the file says so
 * @param targets which modules are adapted
 * @param modulesToSave modules that the adapter replaces as a whole: endings of paths
 * @param bias which biases it replaces
 * @param ensureWeightTying what adapts the embedding of a tied model adapts its head
 * @param tokenRows tokens whose rows are replaced, by the ending of the module's path
 * @param invocation what wakes the adapter
 * @param method what the tensors of an adapted module are
 */
record AdapterConfig(
    Optional<String> baseName,
    TargetRule targets,
    List<String> modulesToSave,
    Bias bias,
    boolean ensureWeightTying,
    Map<String, List<Integer>> tokenRows,
    Invocation invocation,
    Method method) {

  /** Which biases of the base the adapter replaces. */
  enum Bias {
    NONE,
    /** Those of adapted modules. */
    ADAPTED,
    ALL
  }

  /** Of a method that has no fields of its own beside its targets and saved modules. */
  static AdapterConfig of(ConfigReader common, TargetRule targets, Method method) {
    return new AdapterConfig(
        common.baseName(),
        targets,
        common.values().texts("modules_to_save"),
        Bias.NONE,
        false,
        Map.of(),
        Invocation.ALWAYS,
        method);
  }

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
    if (method instanceof Method.TokenTuning(List<Integer> ids)) {
      return selects(key) ? Optional.of(ids) : Optional.empty();
    }
    return tokenRows.entrySet().stream()
        .filter(entry -> ("." + key).endsWith("." + entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
