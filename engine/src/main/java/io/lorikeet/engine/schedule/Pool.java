package io.lorikeet.engine.schedule;

/**
 * Makes one vector of the hidden states of a prompt, which come one by one and are not kept. Sums
 * are of doubles and in the order of the positions, so that the vector is the same however the
 * prompt was cut.
 */
final class Pool {
  private final Pooling pooling;
  private final int promptTokens;
  private double[] sum = {};
  private int pooled; // positions below it are in the sum

  Pool(Pooling pooling, int promptTokens) {
    this.pooling = pooling;
    this.promptTokens = promptTokens;
  }

  /** Whether the hidden state of a position is lacking. */
  boolean lacks(int position) {
    return switch (pooling) {
      case NONE -> false;
      case LAST -> position == promptTokens - 1;
      case MEAN -> position >= pooled;
    };
  }

  /** Adds the hidden state of the next position that is lacking. */
  void add(int position, float[] hidden) {
    if (!lacks(position) || (pooling == Pooling.MEAN && position != pooled)) {
      throw new IllegalStateException("position " + position + " is not lacking");
    }
    if (sum.length == 0) {
      sum = new double[hidden.length];
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] += hidden[i];
    }
    pooled = position + 1;
  }

  /** The vector, when no position is lacking. */
  float[] vector() {
    int count = pooling == Pooling.MEAN ? promptTokens : 1;
    float[] vector = new float[sum.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (sum[i] / count);
    }
    return vector;
  }
}
