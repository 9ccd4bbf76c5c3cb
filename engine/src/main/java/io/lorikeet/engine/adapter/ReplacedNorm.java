package io.lorikeet.engine.adapter;

/**
 * The norms over the residual stream that adapters can replace, in the order of the forward pass.
 */
public enum ReplacedNorm {
  ATTENTION("input_layernorm"),
  MLP("post_attention_layernorm"),
  FINAL("norm");

  private final String path;

  ReplacedNorm(String path) {
    this.path = path;
  }

  /** Path below the decoder layer, or below the decoder for the last one. */
  public String path() {
    return path;
  }
}
