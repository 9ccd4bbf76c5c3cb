package io.lorikeet.engine.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The tensors of a folder: one file, or shards that an index names. */
public final class TensorFolder {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path folder;
  private final FileFamily family;
  private final FileLimits limits;

  private TensorFolder(Path folder, FileFamily family, FileLimits limits) {
    this.folder = folder;
    this.family = family;
    this.limits = limits;
  }

  /**
   * Maps every tensor of a model folder.
   *
   * @param arena owns the mappings
   */
  public static Map<String, TensorView> open(
      Path folder, FileFamily family, FileLimits limits, Arena arena) {
    TensorFolder self = new TensorFolder(folder, family, limits);
    if (Files.exists(folder.resolve(INDEX))) {
      return self.openShards(arena);
    }
    if (Files.exists(folder.resolve(SINGLE))) {
      return self.openFile(SINGLE, arena).tensors();
    }
    throw self.nothing();
  }

  private Map<String, TensorView> openShards(Arena arena) {
    Map<String, String> shardOf = readIndex();
    Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    Map<String, TensorView> tensors = new LinkedHashMap<>();
    shardOf.forEach((name, shard) -> {
      SafetensorsFile file = shards.computeIfAbsent(shard, s -> openFile(s, arena));
      TensorView view = file.tensors().get(name);
      if (view == null) {
        throw family.tensorMissing(
            "`" + name + "` is not in `" + shard + "`, where the index places it");
      }
      tensors.put(name, view);
    });
    shards.forEach((shard, file) -> {
      for (String name : file.tensors().keySet()) {
        if (!shard.equals(shardOf.get(name))) {
          throw family.corrupt(
              "`" + name + "` is in `" + shard + "`, where the index does not place it");
        }
      }
    });
    return tensors;
  }

  private Map<String, String> readIndex() {
    byte[] bytes;
    try {
      Path index = ConfinedPath.resolve(folder, INDEX, family);
      if (Files.size(index) > limits.headerBytesMax()) {
        throw family.corrupt(
            "`" + INDEX + "` must have at most " + limits.headerBytesMax() + " bytes");
      }
      bytes = Files.readAllBytes(index);
    } catch (IOException e) {
      throw family.missing("`" + INDEX + "` cannot be read: " + e.getMessage());
    }
    ObjectNode root =
        StrictJson.readObject(
            bytes, limits.configDepthMax(), m -> family.corrupt("`" + INDEX + "`: " + m));
    if (!(root.path("weight_map") instanceof ObjectNode map) || map.isEmpty()) {
      throw family.corrupt("`" + INDEX + "` must have a `weight_map` that names tensors");
    }
    if (map.size() > limits.tensorsMax()) {
      throw family.corrupt(
          "`"
              + INDEX
              + "` must name at most "
              + limits.tensorsMax()
              + " tensors. Given: "
              + map.size());
    }
    Map<String, String> shardOf = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      if (!entry.getValue().isTextual()) {
        throw family.corrupt(
            "`" + INDEX + "`: the shard of `" + entry.getKey() + "` must be a file name");
      }
      shardOf.put(entry.getKey(), entry.getValue().textValue());
    }
    return shardOf;
  }

  private SafetensorsFile openFile(String name, Arena arena) {
    Path path = ConfinedPath.resolve(folder, name, family);
    if (!Files.isRegularFile(path)) {
      throw family.missing("`" + name + "` is missing");
    }
    return SafetensorsFile.open(path, family, limits, arena);
  }

  private RuntimeException nothing() {
    Set<String> names = new LinkedHashSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.map(f -> f.getFileName().toString()).sorted().forEach(names::add);
    } catch (IOException e) {
      return family.missing("the folder cannot be read: " + e.getMessage());
    }
    return names.stream()
            .anyMatch(n -> n.endsWith(".bin") || n.endsWith(".pt") || n.endsWith(".pth"))
        ? family.notSafetensors(
            "the weights are pickles, which may run code and are never read; convert them to safetensors")
        : family.missing("neither `" + SINGLE + "` nor `" + INDEX + "` is in the folder");
  }
}
