package io.lorikeet.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where adapters lie, as {@code --adapters} names it.
 *
 * @param roots folders whose sub-folders are adapters
 * @param entries single adapter folders by name
 */
record AdapterPlaces(List<Path> roots, Map<String, Path> entries) {
  AdapterPlaces {
    roots = List.copyOf(roots);
    entries = Map.copyOf(entries);
  }

  /**
   * Takes each value as a folder of adapters, or as {@code name=DIR}.
   *
   * @throws IllegalArgumentException for a folder that does not exist or a name that stands twice
   */
  static AdapterPlaces parse(List<String> values) {
    List<Path> roots = new ArrayList<>();
    Map<String, Path> entries = new LinkedHashMap<>();
    for (String value : values) {
      int equals = value.indexOf('=');
      if (Files.isDirectory(Path.of(value))) {
        roots.add(Path.of(value));
      } else if (equals > 0 && Files.isDirectory(Path.of(value.substring(equals + 1)))) {
        String name = value.substring(0, equals);
        if (entries.put(name, Path.of(value.substring(equals + 1))) != null) {
          throw new IllegalArgumentException("`--adapters` names `" + name + "` twice");
        }
      } else {
        throw new IllegalArgumentException(
            "`--adapters` must be a folder of adapters or name=DIR. Given: " + value);
      }
    }
    return new AdapterPlaces(roots, entries);
  }
}
