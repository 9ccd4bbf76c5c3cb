package io.lorikeet.engine.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The golden data at the root of the checkout. */
public final class Fixtures {
  private static final JsonMapper JSON = new JsonMapper();

  private Fixtures() {}

  public static Path path(String... segments) {
    return Path.of(System.getProperty("lorikeet.root"), "fixtures").resolve(Path.of("", segments));
  }

  public static JsonNode json(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of the folders in a folder, sorted. */
  public static List<String> folders(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isDirectory)
          .map(f -> f.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The codes that are right for a defective folder. */
  public static Set<String> expectedCodes(Path folder) {
    Set<String> codes = new TreeSet<>();
    StreamSupport.stream(json(folder.resolve("expected.json")).get("codes").spliterator(), false)
        .forEach(code -> codes.add(code.textValue()));
    return codes;
  }

  /**
   * Copies a defective folder to where it can be changed, and makes the link that it asks for.
   *
   * @return the copy, two levels below {@code into}
   */
  public static Path copyWithLink(Path folder, Path into) throws IOException {
    Path copy = into.resolve("invalid").resolve(folder.getFileName());
    Files.createDirectories(copy);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    JsonNode link = json(folder.resolve("expected.json")).path("symlink");
    if (link.isObject()) {
      Path target = Path.of(link.get("target").textValue());
      Path place = copy.resolve(target).normalize();
      Files.createDirectories(place.getParent());
      Files.copy(folder.resolve(target), place);
      Files.deleteIfExists(copy.resolve(link.get("path").textValue()));
      Files.createSymbolicLink(copy.resolve(link.get("path").textValue()), target);
    }
    return copy;
  }
}
