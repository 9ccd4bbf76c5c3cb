package io.lorikeet.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Folders to look at: the demo and the golden data. */
final class InspectFixtures {
  static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));
  static final Path DEMO = ROOT.resolve("models/demo");

  private InspectFixtures() {}

  static Path model(String name) {
    return ROOT.resolve("fixtures/models").resolve(name);
  }

  /** Defective folders, but those whose link must be made first: the engine's own tests do that. */
  static Stream<Path> defective(String kind) {
    try (Stream<Path> folders = Files.list(ROOT.resolve("fixtures").resolve(kind))) {
      return folders
          .filter(f -> Files.isDirectory(f) && !f.endsWith("symlink-outside"))
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Set<String> expectedCodes(Path folder) {
    try {
      Set<String> codes = new TreeSet<>();
      for (JsonNode code :
          new ObjectMapper().readTree(folder.resolve("expected.json").toFile()).get("codes")) {
        codes.add(code.textValue());
      }
      return codes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies the files of a folder, without its sub-folders. */
  static Path copy(Path from, Path to) {
    try (Stream<Path> files = Files.list(from)) {
      Files.createDirectories(to);
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
      return to;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
