package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How adapters become one. All but {@link #CAT} work on A and B by themselves, so that what comes
 * out is not the sum of the updates. Source: peft 0.21.0, add_weighted_adapter; its names.
 */
public enum Strategy {
  /** Sums of A and of B, each times the root of weight and scale. */
  LINEAR(Pruning.NONE, false),
  /** The exact sum: A's rows one below the other, B's columns side by side. Ranks may differ. */
  CAT(Pruning.NONE, false),
  /** The largest entries; where signs differ, those of the stronger sign, averaged. */
  TIES(Pruning.MAGNITUDE, true),
  /** Entries drawn at random and scaled up, summed. */
  DARE_LINEAR(Pruning.RANDOM, false),
  /** Entries drawn at random and scaled up, then as {@link #TIES}. */
  DARE_TIES(Pruning.RANDOM, true),
  /** The largest entries, summed. */
  MAGNITUDE_PRUNE(Pruning.MAGNITUDE, false),
  /** LoRAX's own linear: sums of A and of B, each times the weight itself. */
  LORAX_LINEAR(Pruning.NONE, false);

  /** Which entries of a matrix take part. */
  enum Pruning {
    NONE,
    MAGNITUDE,
    RANDOM
  }

  /** PEFT's names that need a singular value decomposition. */
  private static final Set<String> SVD =
      Set.of("svd", "ties_svd", "dare_linear_svd", "dare_ties_svd", "magnitude_prune_svd");

  private final Pruning pruning;
  private final boolean electsSigns;

  Strategy(Pruning pruning, boolean electsSigns) {
    this.pruning = pruning;
    this.electsSigns = electsSigns;
  }

  /** As it stands in requests. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it prunes, and so needs a density. */
  public boolean prunes() {
    return pruning != Pruning.NONE;
  }

  /** Whether only entries of the majority's sign are merged. */
  public boolean electsSigns() {
    return electsSigns;
  }

  Pruning pruning() {
    return pruning;
  }

  /**
   * The strategy of a name.
   *
   * @throws LorikeetException PARAMETER_UNSUPPORTED for PEFT's SVD strategies, else
   *     PARAMETER_OUT_OF_RANGE
   */
  public static Strategy of(String name) {
    if (SVD.contains(name)) {
      throw new LorikeetException(
          ErrorCode.PARAMETER_UNSUPPORTED,
          "merge strategies that decompose the sum again are not supported; `cat` is the exact sum. Given: "
              + name);
    }
    return Arrays.stream(values())
        .filter(strategy -> strategy.wire().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new LorikeetException(
                ErrorCode.PARAMETER_OUT_OF_RANGE,
                "the merge strategy must be one of %s. Given: %s".formatted(names(), name)));
  }

  private static String names() {
    return Arrays.stream(values()).map(Strategy::wire).collect(Collectors.joining(", "));
  }
}
