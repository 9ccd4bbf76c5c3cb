package io.lorikeet.engine.model;

import io.lorikeet.kernels.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Weights where they lie in mapped files; vectors are widened copies.
 *
 * @param layers one entry per decoder layer
 */
record MappedWeights(
    Matrix embedding,
    Optional<Matrix> positions,
    Optional<Norm> embeddingNorm,
    Norm finalNorm,
    Matrix head,
    Optional<float[]> headBias,
    List<Layer> layers,
    long copiedBytes)
    implements ModelWeights {

  record Layer(
      Map<NormPlace, Norm> norms,
      Map<Projection, Matrix> projections,
      Map<Projection, float[]> biases,
      Optional<ExpertWeights> experts) {}

  @Override
  public Norm norm(int layer, NormPlace place) {
    Norm norm = layers.get(layer).norms.get(place);
    if (norm == null) {
      throw new IllegalArgumentException("no norm " + place);
    }
    return norm;
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

  @Override
  public Optional<ExpertWeights> experts(int layer) {
    return layers.get(layer).experts;
  }

  @Override
  public List<Matrix> matrices() {
    List<Matrix> all = new ArrayList<>();
    all.add(embedding);
    if (!head.equals(embedding)) {
      all.add(head);
    }
    positions.ifPresent(all::add);
    for (Layer layer : layers) {
      all.addAll(layer.projections.values());
      layer.experts.ifPresent(experts -> {
        all.add(experts.router());
        experts.sharedGate().ifPresent(all::add);
        all.addAll(experts.gate());
        all.addAll(experts.up());
        all.addAll(experts.down());
      });
    }
    return all;
  }
}
