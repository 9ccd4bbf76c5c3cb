package io.lorikeet.engine.model;

import java.util.Set;

/**
 * Maps canonical weights to the names in the files.
 *
 * @param embedding {@code [vocab, hidden]}
 * @param head {@code [vocab, hidden]}; absent from the files where tied
 * @param finalNorm {@code [hidden]}
 * @param layer prefix of a layer's tensors, with {@code %d} for its number
 * @param attentionNorm suffix, {@code [hidden]}
 * @param mlpNorm suffix, {@code [hidden]}
 * @param biased projections that carry a bias
 */
record TensorNames(
    String embedding,
    String head,
    String finalNorm,
    String layer,
    String attentionNorm,
    String mlpNorm,
    Set<Projection> biased) {

  /** The names of Llama and of all that copied them. */
  static TensorNames llama(Set<Projection> biased) {
    return new TensorNames(
        "model.embed_tokens.weight",
        "lm_head.weight",
        "model.norm.weight",
        "model.layers.%d.",
        "input_layernorm.weight",
        "post_attention_layernorm.weight",
        biased);
  }

  String attentionNorm(int index) {
    return prefix(index) + attentionNorm;
  }

  String mlpNorm(int index) {
    return prefix(index) + mlpNorm;
  }

  String weight(int index, Projection projection) {
    return prefix(index) + ModulePaths.inLayer(projection) + ".weight";
  }

  String bias(int index, Projection projection) {
    return prefix(index) + ModulePaths.inLayer(projection) + ".bias";
  }

  private String prefix(int index) {
    return layer.formatted(index);
  }
}
