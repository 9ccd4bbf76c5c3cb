package io.lorikeet.engine.adapter.merge;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.model.Projection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A LoRA adapter that does nothing but add updates: the only kind that is merged.
 *
 * @param name for messages
 * @param layers one map per decoder layer; a projection that is absent has no update
 * @param embedding of tokens
 * @param positions of learned positions, as if they were tokens
 */
public record PlainLora(
    String name,
    GenerationId generation,
    List<Map<Projection, Factors>> layers,
    Optional<Factors> embedding,
    Optional<Factors> positions,
    Optional<Factors> head) {
  public PlainLora {
    layers = layers.stream().map(Map::copyOf).toList();
  }
}
