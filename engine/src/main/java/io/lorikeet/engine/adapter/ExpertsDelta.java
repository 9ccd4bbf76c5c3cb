package io.lorikeet.engine.adapter;

import io.lorikeet.engine.model.Projection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What an adapter does to the sparse feed-forward layer of one decoder layer. Its shared expert is
 * among the layer's projections.
 *
 * @param router on the experts' scores, before they are chosen
 * @param sharedGate on the gate of the shared expert, before its sigmoid
 * @param experts one map per expert, of GATE, UP and DOWN; a projection that is absent has no
 *     delta. Empty where no expert has one
 */
public record ExpertsDelta(Delta router, Delta sharedGate, List<Map<Projection, Delta>> experts) {
  /** The layer stays as it is. */
  public static final ExpertsDelta NONE = new ExpertsDelta(Delta.NONE, Delta.NONE, List.of());

  public ExpertsDelta {
    experts = experts.stream().map(Map::copyOf).toList();
  }

  /** The delta of one expert's layer. */
  public Delta delta(int expert, Projection projection) {
    return experts.isEmpty()
        ? Delta.NONE
        : experts.get(expert).getOrDefault(projection, Delta.NONE);
  }

  public boolean isNone() {
    return deltas().allMatch(Delta::isNone);
  }

  /** Whether it only adds something to what the base's linear layers compute. */
  public boolean isSum() {
    return deltas().allMatch(Delta::isSum);
  }

  private Stream<Delta> deltas() {
    return Stream.concat(
        Stream.of(router, sharedGate),
        experts.stream().flatMap(expert -> expert.values().stream()));
  }
}
