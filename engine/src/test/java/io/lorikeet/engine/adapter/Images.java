package io.lorikeet.engine.adapter;

import java.util.List;

/** Images for tests. */
final class Images {
  private Images() {}

  static GenerationId generation(int number) {
    return new GenerationId("g" + number);
  }

  /** An image without deltas that says it holds so many bytes. */
  static AdapterImage image(GenerationId generation, long bytes) {
    return new AdapterImage(generation, List.of(), bytes);
  }
}
