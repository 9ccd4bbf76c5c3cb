package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/**
 * What is merged and how. Only what the strategy uses is kept: a density where nothing is pruned
 * and a sign method where no sign is elected change nothing, so they are dropped.
 *
 * @param <T> what names an adapter: a name, or a generation
 * @param density fraction of entries that take part, > 0 and <= 1; required where the strategy
 *     prunes
 */
public record Recipe<T>(
    Strategy strategy, List<Part<T>> parts, OptionalDouble density, MajoritySign majoritySign) {

  /**
   * One of the adapters.
   *
   * @param weight finite and not 0; may be negative
   */
  public record Part<T>(T adapter, double weight) {
    /**
     * @throws LorikeetException PARAMETER_OUT_OF_RANGE
     */
    public Part {
      check(
          Double.isFinite(weight) && weight != 0,
          "the weight of a merged adapter must be finite and not 0. Given: " + weight);
    }
  }

  /**
   * @throws LorikeetException PARAMETER_OUT_OF_RANGE, REQUEST_INVALID (a density is missing, an
   *     adapter stands there twice)
   */
  public Recipe {
    parts = List.copyOf(parts);
    // PEFT would merge one adapter linearly whatever the strategy says, LoRAX would prune it.
    int least = strategy.prunes() ? 2 : 1;
    check(
        parts.size() >= least,
        "`%s` must merge at least %d adapters. Given: %d"
            .formatted(strategy.wire(), least, parts.size()));
    Set<T> seen = new HashSet<>();
    for (Part<T> part : parts) {
      if (!seen.add(part.adapter)) {
        throw new LorikeetException(
            ErrorCode.REQUEST_INVALID,
            "a merge must hold each adapter once. Given twice: " + part.adapter);
      }
    }
    if (!strategy.prunes()) {
      density = OptionalDouble.empty();
    } else if (density.isEmpty()) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "`density` is required for `" + strategy.wire() + "`");
    } else {
      double given = density.getAsDouble();
      check(given > 0 && given <= 1, "`density` must be > 0 and <= 1. Given: " + given);
    }
    majoritySign = strategy.electsSigns() ? majoritySign : MajoritySign.TOTAL;
  }

  private static void check(boolean holds, String message) {
    if (!holds) {
      throw new LorikeetException(ErrorCode.PARAMETER_OUT_OF_RANGE, message);
    }
  }

  /** The adapters, in the order of the parts. */
  public List<T> adapters() {
    return parts.stream().map(Part::adapter).toList();
  }

  /** The same recipe over other names of its adapters. */
  public <U> Recipe<U> map(Function<T, U> naming) {
    List<Part<U>> named =
        parts.stream().map(part -> new Part<>(naming.apply(part.adapter), part.weight)).toList();
    return new Recipe<>(strategy, named, density, majoritySign);
  }
}
