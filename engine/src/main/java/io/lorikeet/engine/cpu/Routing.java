package io.lorikeet.engine.cpu;

import io.lorikeet.engine.model.Experts;
import io.lorikeet.kernels.ExactMath;
import java.util.Arrays;

/**
 * Which rows go to which experts, and with what weight: the softmax over all experts, of which the
 * largest are kept, the lowest number first among equals. Choices stand in the order of experts,
 * then of rows. A row's choices depend on nothing but its own scores.
 */
final class Routing {
  private final Experts experts;
  private final float[] probabilities; // [experts] of one row
  private final boolean[] taken;
  private final float[] weightOf; // [rows, experts]
  private final boolean[] chosen; // [rows, experts]
  private final int[] begin; // [experts + 1]
  private final int[] rows; // [choices]
  private final float[] weights; // [choices]

  Routing(Experts experts, int rowsMax) {
    this.experts = experts;
    probabilities = new float[experts.count()];
    taken = new boolean[experts.count()];
    weightOf = new float[rowsMax * experts.count()];
    chosen = new boolean[weightOf.length];
    begin = new int[experts.count() + 1];
    rows = new int[rowsMax * experts.perToken()];
    weights = new float[rows.length];
  }

  int experts() {
    return experts.count();
  }

  /** First choice of an expert; the end of the one before it. */
  int begin(int expert) {
    return begin[expert];
  }

  /** Choices of all rows. */
  int choices() {
    return begin[experts.count()];
  }

  /** The row of each choice. */
  int[] rows() {
    return rows;
  }

  float weight(int choice) {
    return weights[choice];
  }

  /**
   * Chooses for rows [0, count).
   *
   * @param scores {@code [rows, experts]}
   */
  void choose(Panel scores, int count) {
    for (int row = 0; row < count; row++) {
      choose(scores.data(), scores.at(row), row * experts.count());
    }
    int choice = 0;
    for (int e = 0; e < experts.count(); e++) {
      begin[e] = choice;
      for (int row = 0; row < count; row++) {
        if (chosen[row * experts.count() + e]) {
          rows[choice] = row;
          weights[choice++] = weightOf[row * experts.count() + e];
        }
      }
    }
    begin[experts.count()] = choice;
  }

  private void choose(float[] scores, int from, int to) {
    float all = softmax(scores, from);
    Arrays.fill(taken, false);
    for (int i = 0; i < experts.perToken(); i++) {
      taken[largest()] = true;
    }
    float sum = 0f;
    for (int e = 0; e < taken.length; e++) {
      sum += taken[e] ? probabilities[e] : 0f;
    }
    for (int e = 0; e < taken.length; e++) {
      chosen[to + e] = taken[e];
      weightOf[to + e] = probabilities[e] / (experts.normalised() ? sum : all);
    }
  }

  // Unscaled; returns their sum.
  private float softmax(float[] scores, int from) {
    float max = Float.NEGATIVE_INFINITY;
    for (int e = 0; e < probabilities.length; e++) {
      max = Math.max(max, scores[from + e]);
    }
    float sum = 0f;
    for (int e = 0; e < probabilities.length; e++) {
      probabilities[e] = ExactMath.exp(scores[from + e] - max);
      sum += probabilities[e];
    }
    return sum;
  }

  // NaN is never larger; its weight makes the row fail.
  private int largest() {
    int best = -1;
    for (int e = 0; e < probabilities.length; e++) {
      if (!taken[e] && (best < 0 || probabilities[e] > probabilities[best])) {
        best = e;
      }
    }
    return best;
  }
}
