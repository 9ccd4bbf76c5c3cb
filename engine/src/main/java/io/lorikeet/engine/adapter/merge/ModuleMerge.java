package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;

/**
 * What the adapters of a merge do to one module.
 *
 * @param parts of those that have an update here, in the order of the recipe
 */
record ModuleMerge(Place place, List<Part> parts) {
  /**
   * An adapter's update here.
   *
   * @param name of the adapter, for messages
   * @param number of the adapter in the recipe
   */
  record Part(String name, int number, double weight, Factors factors) {
    double scaledWeight() {
      return weight * factors.scale();
    }
  }

  /** Rank of the result. */
  int rank(Strategy strategy) {
    return strategy == Strategy.CAT
        ? parts.stream().mapToInt(part -> part.factors.rank()).sum()
        : parts.getFirst().factors.rank();
  }

  int inputs() {
    return parts.getFirst().factors.a().cols();
  }

  int outputs() {
    return parts.getFirst().factors.b().rows();
  }

  /** Elements of both factors of the result. */
  long size(Strategy strategy) {
    return (long) rank(strategy) * ((long) inputs() + outputs());
  }

  /**
   * Checks that the parts can be merged here.
   *
   * @throws LorikeetException ADAPTER_RANK_MISMATCH, ADAPTER_MERGE_UNSUPPORTED
   */
  void check(Strategy strategy) {
    if (strategy == Strategy.CAT) {
      return;
    }
    Part first = parts.getFirst();
    for (Part part : parts) {
      if (part.factors.rank() != first.factors.rank()) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_RANK_MISMATCH,
            "adapters must have one rank to be merged as `%s`; `cat` takes any. Given for %s: %d in `%s`, %d in `%s`"
                .formatted(
                    strategy.wire(),
                    place.text(),
                    first.factors.rank(),
                    first.name,
                    part.factors.rank(),
                    part.name));
      }
      if (strategy == Strategy.LORAX_LINEAR && part.factors.scale() != first.factors.scale()) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_MERGE_UNSUPPORTED,
            "adapters must have one scale to be merged as `%s`; `linear` takes any. Given for %s: %s in `%s`, %s in `%s`"
                .formatted(
                    strategy.wire(),
                    place.text(),
                    first.factors.scale(),
                    first.name,
                    part.factors.scale(),
                    part.name));
      }
    }
  }
}
