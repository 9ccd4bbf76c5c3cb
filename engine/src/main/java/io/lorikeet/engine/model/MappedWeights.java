package io.lorikeet.engine.model;

import io.lorikeet.kernels.Matrix;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Weights where they lie in mapped files; vectors are widened copies.
 *
 * @param layers one entry per decoder layer
 */
record MappedWeights(Matrix embedding, Matrix head, float[] finalNorm, List<Layer> layers)
    implements ModelWeights {

  record Layer(
      float[] attentionNorm,
      float[] mlpNorm,
      Map<Projection, Matrix> projections,
      Map<Projection, float[]> biases) {}

  @Override
  public float[] attentionNorm(int layer) {
    return layers.get(layer).attentionNorm;
  }

  @Override
  public float[] mlpNorm(int layer) {
    return layers.get(layer).mlpNorm;
  }

  @Override
  public Matrix projection(int layer, Projection projection) {
    Matrix matrix = layers.get(layer).projections.get(projection);
    if (matrix == null) {
      throw new IllegalArgumentException("no projection " + projection);
    }
    return matrix;
  }

  @Override
  public Optional<float[]> bias(int layer, Projection projection) {
    return Optional.ofNullable(layers.get(layer).biases.get(projection));
  }
}
