package io.lorikeet.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the repository that benchmarks read. */
final class Fixtures {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));

  private Fixtures() {}

  /** A folder of the golden data. */
  static Path folder(String name) {
    return ROOT.resolve("fixtures").resolve(name);
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
