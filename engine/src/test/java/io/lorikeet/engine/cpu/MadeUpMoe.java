package io.lorikeet.engine.cpu;

import io.lorikeet.engine.format.TensorBytes;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** A made-up model with experts, whose weights a test can change before it is loaded. */
final class MadeUpMoe {
  static final int LAYERS = 2;
  static final int HIDDEN = 32;
  static final int EXPERTS = 5;
  static final int SHARED = 40;
  private static final int HEADS = 2;
  private static final int VOCAB = 64;

  /** One stored weight. */
  private record Stored(long[] shape, float[] values) {}

  final String type;
  final int width;
  private final Map<String, Stored> weights = new LinkedHashMap<>();

  /**
   * @param type mixtral, qwen2_moe or qwen3_moe
   * @param width of an expert
   */
  MadeUpMoe(String type, int width, Random random) {
    this.type = type;
    this.width = width;
    matrix("model.embed_tokens", VOCAB, HIDDEN, random);
    matrix("lm_head", VOCAB, HIDDEN, random);
    vector("model.norm.weight", HIDDEN, random);
    for (int layer = 0; layer < LAYERS; layer++) {
      String in = "model.layers." + layer + ".";
      vector(in + "input_layernorm.weight", HIDDEN, random);
      vector(in + "post_attention_layernorm.weight", HIDDEN, random);
      attention(in + "self_attn.", random);
      sparse(layer, in, random);
    }
  }

  private MadeUpMoe(MadeUpMoe other) {
    type = other.type;
    width = other.width;
    other.weights.forEach(
        (name, stored) -> weights.put(name, new Stored(stored.shape, stored.values.clone())));
  }

  MadeUpMoe copy() {
    return new MadeUpMoe(this);
  }

  /** The sparse layer as the model's files call it. */
  String block() {
    return type.equals("mixtral") ? "block_sparse_moe" : "mlp";
  }

  /** Path of an expert's gate, up (1) or down (2) in a layer. */
  String expert(int layer, int expert, int projection) {
    String[] names =
        type.equals("mixtral")
            ? new String[] {"w1", "w3", "w2"}
            : new String[] {"gate_proj", "up_proj", "down_proj"};
    return "model.layers.%d.%s.experts.%d.%s".formatted(layer, block(), expert, names[projection]);
  }

  private void attention(String in, Random random) {
    int head = HIDDEN / HEADS;
    for (String name : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
      int out = name.equals("k_proj") || name.equals("v_proj") ? head : HIDDEN;
      matrix(in + name, out, HIDDEN, random);
      if (type.equals("qwen2_moe") && !name.equals("o_proj")) {
        vector(in + name + ".bias", out, random);
      }
    }
    if (type.equals("qwen3_moe")) {
      vector(in + "q_norm.weight", head, random);
      vector(in + "k_norm.weight", head, random);
    }
  }

  private void sparse(int layer, String in, Random random) {
    matrix(in + block() + ".gate", EXPERTS, HIDDEN, random);
    for (int expert = 0; expert < EXPERTS; expert++) {
      matrix(expert(layer, expert, 0), width, HIDDEN, random);
      matrix(expert(layer, expert, 1), width, HIDDEN, random);
      matrix(expert(layer, expert, 2), HIDDEN, width, random);
    }
    if (type.equals("qwen2_moe")) {
      matrix(in + "mlp.shared_expert_gate", 1, HIDDEN, random);
      matrix(in + "mlp.shared_expert.gate_proj", SHARED, HIDDEN, random);
      matrix(in + "mlp.shared_expert.up_proj", SHARED, HIDDEN, random);
      matrix(in + "mlp.shared_expert.down_proj", HIDDEN, SHARED, random);
    }
  }

  private void matrix(String module, int rows, int cols, Random random) {
    float[] values = new float[rows * cols];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (1.5 * random.nextGaussian() / Math.sqrt(cols));
    }
    weights.put(module + ".weight", new Stored(new long[] {rows, cols}, values));
  }

  private void vector(String name, int width, Random random) {
    float[] values = new float[width];
    for (int i = 0; i < width; i++) {
      values[i] = 0.5f + random.nextFloat();
    }
    weights.put(name, new Stored(new long[] {width}, values));
  }

  int rows(String module) {
    return (int) stored(module).shape[0];
  }

  int cols(String module) {
    return (int) stored(module).shape[1];
  }

  /** {@code W += scale * B A}, written out. */
  void add(String module, double scale, float[] a, float[] b, int rank) {
    Stored w = stored(module);
    int cols = cols(module);
    for (int o = 0; o < rows(module); o++) {
      for (int i = 0; i < cols; i++) {
        double sum = 0;
        for (int r = 0; r < rank; r++) {
          sum += (double) b[o * rank + r] * a[r * cols + i];
        }
        w.values[o * cols + i] += (float) (scale * sum);
      }
    }
  }

  private Stored stored(String module) {
    return Objects.requireNonNull(weights.get(module + ".weight"), module);
  }

  /** Writes it to a folder and loads it. */
  LoadedModel load(Path folder) throws IOException {
    Files.createDirectories(folder);
    TensorBytes tensors = new TensorBytes();
    weights.forEach((name, stored) -> tensors.add(name, "F32", stored.shape, stored.values));
    Files.write(folder.resolve("model.safetensors"), tensors.bytes());
    Files.writeString(folder.resolve("config.json"), config());
    return ModelFolder.load(folder);
  }

  private String config() {
    String sizes =
        switch (type) {
          case "mixtral" ->
              """
              "architectures": ["MixtralForCausalLM"], "intermediate_size": %d,
              "num_local_experts": %d,\
              """
                  .formatted(width, EXPERTS);
          case "qwen2_moe" ->
              """
              "architectures": ["Qwen2MoeForCausalLM"], "moe_intermediate_size": %d,
              "num_experts": %d, "norm_topk_prob": false, "shared_expert_intermediate_size": %d,\
              """
                  .formatted(width, EXPERTS, SHARED);
          default ->
              """
              "architectures": ["Qwen3MoeForCausalLM"], "moe_intermediate_size": %d,
              "num_experts": %d, "norm_topk_prob": true, "head_dim": 16,\
              """
                  .formatted(width, EXPERTS);
        };
    return """
    {%s "model_type": "%s", "vocab_size": %d, "hidden_size": %d, "num_hidden_layers": %d,
    "num_attention_heads": %d, "num_key_value_heads": 1, "num_experts_per_tok": 2,
    "hidden_act": "silu", "max_position_embeddings": 128, "rms_norm_eps": 0.01,
    "rope_theta": 10000.0, "tie_word_embeddings": false}\
    """
        .formatted(sizes, type, VOCAB, HIDDEN, LAYERS, HEADS);
  }
}
