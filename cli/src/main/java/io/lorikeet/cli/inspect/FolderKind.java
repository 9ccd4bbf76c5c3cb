package io.lorikeet.cli.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a folder holds, told by the names of its files. */
public enum FolderKind {
  MODEL,
  ADAPTER,
  /** A folder whose sub-folders are adapters, as {@code serve --adapters} takes it. */
  ADAPTERS;

  private static final String ADAPTER_CONFIG = "adapter_config.json";
  private static final int DEPTH = 2; // name, or owner/name
  private static final List<String> ADAPTER_FILES =
      List.of(ADAPTER_CONFIG, "adapter_model.safetensors", "adapter_model.bin");
  private static final List<String> MODEL_FILES =
      List.of(
          "config.json", "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin");

  /**
   * The kind of a folder. Weights whose configuration is missing count too, so that the loader can
   * say what is missing.
   *
   * @throws IllegalArgumentException for a folder that is not there or holds nothing of these
   */
  public static FolderKind of(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("the folder must exist. Given: " + folder);
    }
    if (holdsOneOf(folder, ADAPTER_FILES)) {
      return ADAPTER;
    }
    if (holdsOneOf(folder, MODEL_FILES)) {
      return MODEL;
    }
    if (!adaptersBelow(folder).isEmpty()) {
      return ADAPTERS;
    }
    throw new IllegalArgumentException(
        "the folder must hold config.json (a model), adapter_config.json (an adapter), or"
            + " sub-folders with adapter_config.json. Given: "
            + folder);
  }

  /** Folders of adapters below a folder, sorted. */
  static List<Path> adaptersBelow(Path root) {
    try (Stream<Path> folders =
        Files.find(root, DEPTH, (path, _) -> Files.exists(path.resolve(ADAPTER_CONFIG)))) {
      return folders.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean holdsOneOf(Path folder, List<String> files) {
    return files.stream().anyMatch(file -> Files.exists(folder.resolve(file)));
  }
}
