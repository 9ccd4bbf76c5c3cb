package io.lorikeet.actors;

import java.util.Optional;

/** Who answers. A name that nothing has is refused, never answered by the base model. */
public sealed interface Target {
  /**
   * OpenAI's {@code model}: the base's name, an adapter's name, or {@code base:adapter}; unknown is
   * MODEL_NOT_FOUND.
   */
  record Model(String name) implements Target {}

  /** LoRAX's {@code adapter_id}: empty is the base; unknown is ADAPTER_NOT_FOUND. */
  record Adapter(Optional<String> name) implements Target {}
}
