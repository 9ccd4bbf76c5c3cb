package io.lorikeet.actors;

import io.lorikeet.engine.adapter.merge.Recipe;
import java.util.List;
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

  /**
   * The exact weighted sum of adapters; of none: the base. The same adapter twice is
   * PARAMETER_OUT_OF_RANGE, one that is no sum ADAPTER_NOT_COMPOSABLE, an unknown one
   * ADAPTER_NOT_FOUND.
   */
  record Composed(List<Part> parts) implements Target {
    public Composed {
      parts = List.copyOf(parts);
    }
  }

  /**
   * One adapter that is merged from several by name. An unknown one is ADAPTER_NOT_FOUND, one that
   * can't be merged ADAPTER_MERGE_UNSUPPORTED.
   */
  record Merged(Recipe<String> recipe) implements Target {}

  /**
   * One of several adapters.
   *
   * @param weight finite and not 0, also as a float
   */
  record Part(Reference adapter, double weight) {
    public Part {
      if (!Float.isFinite((float) weight) || (float) weight == 0) {
        throw new IllegalArgumentException("`weight` must be finite and not 0. Given: " + weight);
      }
    }
  }

  /** What a client calls an adapter. */
  sealed interface Reference {
    record ByName(String name) implements Reference {}

    /** A number of {@link Engine#numberedAdapters}. */
    record ByNumber(int number) implements Reference {}
  }
}
