package io.lorikeet.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A model folder and the places of its adapters. */
record ServedFolder(Path model, AdapterPlaces adapters) {
  private static final String HOME = "lorikeet.home";

  /** A folder of the user's. */
  static ServedFolder of(Path model, AdapterPlaces adapters) {
    return new ServedFolder(model, adapters);
  }

  /**
   * The demo that comes with Lorikeet; its own adapters where no others are named.
   *
   * @throws IllegalArgumentException when it is not there
   */
  static ServedFolder demo(AdapterPlaces named) {
    Path demo = Path.of(System.getProperty(HOME, "."), "models", "demo");
    if (!Files.isDirectory(demo)) {
      throw new IllegalArgumentException(
          "the embedded demo is not at " + demo + "; name a model with --model DIR");
    }
    boolean none = named.roots().isEmpty() && named.entries().isEmpty();
    return new ServedFolder(
        demo, none ? new AdapterPlaces(List.of(demo.resolve("adapters")), Map.of()) : named);
  }
}
