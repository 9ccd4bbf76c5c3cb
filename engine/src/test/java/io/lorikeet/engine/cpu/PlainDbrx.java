package io.lorikeet.engine.cpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A DBRX decoder in plain double arithmetic, written after the published definition: the whole
 * sequence at once, no cache, no tiles. Source: transformers 4.47, modeling_dbrx.
 */
final class PlainDbrx {
  private static final double EPSILON = 1e-5;

  private final ChangedBase base;
  private final int hidden;
  private final int heads;
  private final int kvHeads;
  private final int dim;
  private final int layers;
  private final double theta;
  private final double clip;
  private final int experts;
  private final int topK;
  private final int width;
  private final boolean normalised;

  PlainDbrx(ChangedBase base) {
    this.base = base;
    ObjectNode config = base.config();
    hidden = config.get("d_model").intValue();
    heads = config.get("n_heads").intValue();
    layers = config.get("n_layers").intValue();
    dim = hidden / heads;
    kvHeads = config.get("attn_config").get("kv_n_heads").intValue();
    theta = config.get("attn_config").get("rope_theta").doubleValue();
    clip = config.get("attn_config").path("clip_qkv").asDouble(Double.POSITIVE_INFINITY);
    experts = config.get("ffn_config").get("moe_num_experts").intValue();
    topK = config.get("ffn_config").get("moe_top_k").intValue();
    width = config.get("ffn_config").get("ffn_hidden_size").intValue();
    normalised = !config.get("ffn_config").path("moe_normalize_expert_weights").isNull();
  }

  /** The logits of every position. */
  double[][] logits(int[] tokens) {
    float[] embedding = base.values("transformer.wte.weight");
    double[][] x = new double[tokens.length][hidden];
    for (int t = 0; t < tokens.length; t++) {
      for (int i = 0; i < hidden; i++) {
        x[t][i] = embedding[tokens[t] * hidden + i];
      }
    }
    for (int layer = 0; layer < layers; layer++) {
      String block = "transformer.blocks." + layer + ".";
      add(x, attention(norm(x, block + "norm_attn_norm.norm_1"), block + "norm_attn_norm.attn."));
      double[][] normed = norm(x, block + "norm_attn_norm.norm_2");
      for (int t = 0; t < x.length; t++) {
        add(x[t], mixture(normed[t], block + "ffn."));
      }
    }
    return multiply(norm(x, "transformer.norm_f"), "lm_head.weight");
  }

  private double[][] attention(double[][] x, String module) {
    double[][] qkv = multiply(x, module + "Wqkv.weight");
    for (double[] row : qkv) {
      for (int i = 0; i < row.length; i++) {
        row[i] = Math.max(-clip, Math.min(clip, row[i]));
      }
    }
    int keys = hidden;
    int values = hidden + kvHeads * dim;
    for (int t = 0; t < x.length; t++) {
      for (int h = 0; h < heads + kvHeads; h++) {
        rotate(qkv[t], h * dim, t);
      }
    }
    double[][] attended = new double[x.length][hidden];
    for (int t = 0; t < x.length; t++) {
      for (int h = 0; h < heads; h++) {
        int group = h / (heads / kvHeads);
        double[] scores = new double[t + 1];
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < dim; i++) {
            scores[s] += qkv[t][h * dim + i] * qkv[s][keys + group * dim + i] / Math.sqrt(dim);
          }
        }
        double[] weights = softmax(scores);
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < dim; i++) {
            attended[t][h * dim + i] += weights[s] * qkv[s][values + group * dim + i];
          }
        }
      }
    }
    return multiply(attended, module + "out_proj.weight");
  }

  private void rotate(double[] row, int at, int position) {
    for (int i = 0; i < dim / 2; i++) {
      double angle = position * Math.pow(theta, -2.0 * i / dim);
      double first = row[at + i];
      double second = row[at + dim / 2 + i];
      row[at + i] = first * Math.cos(angle) - second * Math.sin(angle);
      row[at + dim / 2 + i] = second * Math.cos(angle) + first * Math.sin(angle);
    }
  }

  private double[] mixture(double[] x, String module) {
    double[] all = softmax(multiply(new double[][] {x}, module + "router.layer.weight")[0]);
    int[] chosen =
        IntStream.range(0, experts)
            .boxed()
            .sorted(Comparator.comparingDouble(e -> -all[e]))
            .limit(topK)
            .mapToInt(Integer::intValue)
            .toArray();
    double sum = normalised ? IntStream.of(chosen).mapToDouble(e -> all[e]).sum() : 1;
    double[] out = new double[hidden];
    for (int e : chosen) {
      double[] y = expert(x, module + "experts.mlp.", e);
      for (int i = 0; i < hidden; i++) {
        out[i] += all[e] / sum * y[i];
      }
    }
    return out;
  }

  private double[] expert(double[] x, String module, int expert) {
    float[] w1 = base.values(module + "w1");
    float[] v1 = base.values(module + "v1");
    float[] w2 = base.values(module + "w2");
    double[] y = new double[hidden];
    for (int j = 0; j < width; j++) {
      int row = (expert * width + j) * hidden;
      double gate = 0;
      double up = 0;
      for (int i = 0; i < hidden; i++) {
        gate += x[i] * w1[row + i];
        up += x[i] * v1[row + i];
      }
      double inner = gate / (1 + Math.exp(-gate)) * up;
      for (int i = 0; i < hidden; i++) {
        y[i] += inner * w2[row + i];
      }
    }
    return y;
  }

  private double[][] norm(double[][] x, String module) {
    float[] weight = base.values(module + ".weight");
    double[][] y = new double[x.length][hidden];
    for (int t = 0; t < x.length; t++) {
      double mean = Arrays.stream(x[t]).average().orElseThrow();
      double variance = Arrays.stream(x[t]).map(v -> (v - mean) * (v - mean)).sum() / hidden;
      for (int i = 0; i < hidden; i++) {
        y[t][i] = (x[t][i] - mean) / Math.sqrt(variance + EPSILON) * weight[i];
      }
    }
    return y;
  }

  private double[][] multiply(double[][] x, String weight) {
    float[] w = base.values(weight);
    int in = x[0].length;
    double[][] y = new double[x.length][w.length / in];
    for (int t = 0; t < x.length; t++) {
      for (int o = 0; o < y[t].length; o++) {
        for (int i = 0; i < in; i++) {
          y[t][o] += x[t][i] * w[o * in + i];
        }
      }
    }
    return y;
  }

  private static double[] softmax(double[] scores) {
    double most = Arrays.stream(scores).max().orElseThrow();
    double[] weights = Arrays.stream(scores).map(s -> Math.exp(s - most)).toArray();
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(w -> w / sum).toArray();
  }

  private static void add(double[][] x, double[][] y) {
    for (int t = 0; t < x.length; t++) {
      add(x[t], y[t]);
    }
  }

  private static void add(double[] x, double[] y) {
    for (int i = 0; i < x.length; i++) {
      x[i] += y[i];
    }
  }
}
