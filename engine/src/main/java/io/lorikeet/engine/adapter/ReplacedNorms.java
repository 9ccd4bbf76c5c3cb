package io.lorikeet.engine.adapter;

import io.lorikeet.engine.model.Norm;
import io.lorikeet.engine.model.NormPlace;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Norms in place of the base's, each as a whole: where an adapter changes only the weights or only
 * the bias, the other part is the base's.
 *
 * @param layers one map per decoder layer; empty for none at all
 * @param embedding the embedding's
 * @param last the one that follows the last layer
 */
public record ReplacedNorms(
    List<Map<NormPlace, Norm>> layers, Optional<Norm> embedding, Optional<Norm> last) {
  /** Every norm stays as it is. */
  public static final ReplacedNorms NONE =
      new ReplacedNorms(List.of(), Optional.empty(), Optional.empty());

  public ReplacedNorms {
    layers =
        layers.stream().allMatch(Map::isEmpty)
            ? List.of()
            : layers.stream().map(Map::copyOf).toList();
  }

  public boolean isNone() {
    return layers.isEmpty() && embedding.isEmpty() && last.isEmpty();
  }
}
