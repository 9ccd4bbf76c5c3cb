package io.lorikeet.engine.model;

import java.util.Optional;

/** The sizes of a decoder, checked; parameters as in {@link DecoderSpec}. */
record Sizes(
    int layers,
    int hidden,
    int heads,
    int kvHeads,
    int headDim,
    int intermediate,
    int vocab,
    int contextMax) {
  static final int SIZE_MAX = 1 << 24;
  static final int LAYERS_MAX = 4096;

  /** Under the names of Llama and of all that copied it. */
  static Sizes llama(ConfigFields config) {
    return llama(config, "intermediate_size");
  }

  /**
   * As {@link #llama(ConfigFields)}.
   *
   * @param intermediate name of the feed-forward layer's width
   */
  static Sizes llama(ConfigFields config, String intermediate) {
    int hidden = config.positive("hidden_size", SIZE_MAX);
    int heads = config.positive("num_attention_heads", SIZE_MAX);
    int kvHeads = config.optionalPositive("num_key_value_heads", SIZE_MAX).orElse(heads);
    if (heads % kvHeads != 0) {
      throw config.invalid("num_key_value_heads", "a divisor of " + heads + ", the heads");
    }
    return new Sizes(
        config.positive("num_hidden_layers", LAYERS_MAX),
        hidden,
        heads,
        kvHeads,
        headDim(config, hidden, heads),
        config.positive(intermediate, SIZE_MAX),
        config.positive("vocab_size", SIZE_MAX),
        config.positive("max_position_embeddings", SIZE_MAX));
  }

  private static int headDim(ConfigFields config, int hidden, int heads) {
    Optional<Integer> given = config.optionalPositive("head_dim", SIZE_MAX);
    int headDim = given.orElseGet(() -> quotient(config, "num_attention_heads", hidden, heads));
    if ((long) headDim * heads > SIZE_MAX) {
      throw config.invalid("head_dim", "at most " + SIZE_MAX + " over all heads");
    }
    return headDim;
  }

  /** hidden / heads. */
  static int quotient(ConfigFields config, String field, int hidden, int heads) {
    if (hidden % heads != 0) {
      throw config.invalid(field, "a divisor of the hidden size, " + hidden);
    }
    return hidden / heads;
  }
}
