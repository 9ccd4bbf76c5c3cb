package io.lorikeet.engine.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Paths of a sparse feed-forward layer below its decoder layer, as transformers has named them.
 *
 * @param blocks names of the whole, that of the model's files first
 * @param gate name of the router below the whole
 * @param experts name of GATE, UP and DOWN below their expert; empty where experts are no modules
 * @param sharedGate gate of the shared expert below the whole
 */
public record SparsePaths(
    List<String> blocks,
    String gate,
    Map<Projection, String> experts,
    Optional<String> sharedGate) {
  public String router(String block) {
    return block + "." + gate;
  }

  /** Path of all experts: the module of their fused weights, or the list of single ones. */
  public String experts(String block) {
    return block + ".experts";
  }

  public String expert(String block, int expert, Projection projection) {
    return experts(block) + "." + expert + "." + experts.get(projection);
  }
}
