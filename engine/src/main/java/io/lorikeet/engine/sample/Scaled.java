package io.lorikeet.engine.sample;

/**
 * A row of logits as logarithms of weights: {@code z = (logit - max) / temperature} in F32, 0 for
 * the most likely token. It ascends with the logit, so a block's largest logit gives its largest z.
 */
final class Scaled {
  private float[] logits = {};
  private int offset;
  private float max;
  private float temperature;

  /**
   * @param row raw logits, from {@code first} on
   * @param largest of them
   */
  void read(float[] row, int first, float largest, float divisor) {
    logits = row;
    offset = first;
    max = largest;
    temperature = divisor;
  }

  float logit(int id) {
    return logits[offset + id];
  }

  float at(int id) {
    return of(logit(id));
  }

  float of(float logit) {
    return (logit - max) / temperature;
  }
}
