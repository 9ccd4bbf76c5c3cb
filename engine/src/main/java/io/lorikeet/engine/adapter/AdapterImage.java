package io.lorikeet.engine.adapter;

import io.lorikeet.engine.model.Projection;
import java.util.List;
import java.util.Map;

/**
 * An adapter generation in canonical form on the host. Immutable; what its matrices point to lives
 * as long as the image is reachable.
 *
 * @param layers one map per decoder layer; a projection that is absent has no delta
 * @param bytes host bytes that the image holds
 */
public record AdapterImage(
    GenerationId generation, List<Map<Projection, Delta>> layers, long bytes) {
  public AdapterImage {
    layers = layers.stream().map(Map::copyOf).toList();
  }

  public Delta delta(int layer, Projection projection) {
    return layers.get(layer).getOrDefault(projection, Delta.NONE);
  }
}
