package io.lorikeet.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where packed weights are kept between starts.
 *
 * @param directory empty: nowhere
 * @param bytesMax of all files there; the least recently used one goes first
 * @param bytesMin of a model's packed weights; packing fewer takes no time worth a file
 */
public record WeightCacheSettings(Optional<Path> directory, long bytesMax, long bytesMin) {
  /** Packed anew at each start. */
  public static final WeightCacheSettings OFF = new WeightCacheSettings(Optional.empty(), 0, 0);

  public WeightCacheSettings {
    Checks.atLeast("engine.weights-cache-bytes", bytesMax, 0);
    Checks.atLeast("engine.weights-cache-min", bytesMin, 0);
  }

  /** {@code off}, {@code auto} for the user's own cache folder, or a folder. */
  static WeightCacheSettings of(
      String where, long bytesMax, long bytesMin, Map<String, String> environment, String home) {
    Optional<Path> directory =
        switch (where) {
          case "off" -> Optional.empty();
          case "auto" -> Optional.of(usual(environment.getOrDefault("XDG_CACHE_HOME", ""), home));
          case "" ->
              throw new IllegalArgumentException(
                  "`engine.weights-cache` must be auto, off or a folder. Given: \"\"");
          default -> Optional.of(Path.of(where));
        };
    return new WeightCacheSettings(directory, bytesMax, bytesMin);
  }

  private static Path usual(String cacheHome, String home) {
    Path root = cacheHome.isEmpty() ? Path.of(home, ".cache") : Path.of(cacheHome);
    return root.resolve("lorikeet").resolve("weights");
  }
}
