package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.peft.AdapterNames;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The adapters of the start, and over them what was registered and removed by name since. Kept in
 * memory only: a restart knows the adapters of its start. Thread-safe; one owner changes it.
 */
final class RegisteredSource implements AdapterSource {
  /** What became of a name since the start. */
  sealed interface Entry {
    /** It stands for this folder. */
    record At(Path folder) implements Entry {}

    /** It stands for nothing, although the start has it. */
    record Removed() implements Entry {}
  }

  private final AdapterSource start;
  private final FolderReader folders;
  private final List<String> roots;
  private final int entriesMax;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  /**
   * @param folders reads what is registered
   * @param roots folders below which all that is registered must lie
   * @param entriesMax names that may be registered or removed
   */
  RegisteredSource(AdapterSource start, FolderReader folders, List<String> roots, int entriesMax) {
    this.start = start;
    this.folders = folders;
    this.roots = List.copyOf(roots);
    this.entriesMax = entriesMax;
  }

  /**
   * The real path of a folder that may be registered. Blocks.
   *
   * @throws LorikeetException ADAPTER_PATH_FORBIDDEN outside of all roots, or without any;
   *     ADAPTER_CONFIG_MISSING below a root where there is nothing
   */
  Path confined(String path) {
    if (roots.isEmpty()) {
      throw forbidden(
          "adapters are loaded by request only below the folders of `--adapter-root`; there is none");
    }
    try {
      Path wanted = Path.of(path).toAbsolutePath().normalize();
      boolean named = roots.stream().anyMatch(root -> wanted.startsWith(absolute(root)));
      Path real = named ? wanted.toRealPath() : wanted;
      for (String root : roots) {
        if (named && real.startsWith(Path.of(root).toRealPath())) {
          return real;
        }
      }
    } catch (InvalidPathException _) {
      throw forbidden("`lora_path` must be a path");
    } catch (IOException _) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_CONFIG_MISSING, "the adapter folder must exist. Given: " + path);
    }
    throw forbidden("`lora_path` must lie below a folder of `--adapter-root`. Given: " + path);
  }

  private static Path absolute(String root) {
    return Path.of(root).toAbsolutePath().normalize();
  }

  private static LorikeetException forbidden(String message) {
    return new LorikeetException(ErrorCode.ADAPTER_PATH_FORBIDDEN, message);
  }

  /** Copies a folder that is not registered yet. */
  Copy copy(String name, Path folder) {
    return folders.copy(name, folder);
  }

  /**
   * Lets a name stand for a folder.
   *
   * @return what it was before; empty: as at the start
   * @throws LorikeetException ADAPTER_LOAD_BUSY when there are too many
   */
  Optional<Entry> put(String name, Path folder) {
    return change(name, new Entry.At(folder));
  }

  /** Removes a name; false: there is no such adapter. Blocks. */
  boolean remove(String name) {
    if (stamp(name).isEmpty()) {
      return false;
    }
    if (start.stamp(name).isPresent()) {
      change(name, new Entry.Removed());
    } else {
      entries.remove(name);
    }
    return true;
  }

  private Optional<Entry> change(String name, Entry entry) {
    if (!entries.containsKey(name) && entries.size() >= entriesMax) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_LOAD_BUSY,
          "at most %d adapters can be registered or removed while the server runs"
              .formatted(entriesMax));
    }
    return Optional.ofNullable(entries.put(name, entry));
  }

  /** Takes a change back. */
  void restore(String name, Optional<Entry> before) {
    before.ifPresentOrElse(entry -> entries.put(name, entry), () -> entries.remove(name));
  }

  /** The folder that the name was registered for. */
  Optional<Path> folder(String name) {
    return entries.get(name) instanceof Entry.At(Path folder)
        ? Optional.of(folder)
        : Optional.empty();
  }

  @Override
  public List<String> names() {
    TreeSet<String> names = new TreeSet<>(start.names());
    entries.forEach((name, entry) -> {
      switch (entry) {
        case Entry.At _ -> names.add(name);
        case Entry.Removed _ -> names.remove(name);
      }
    });
    return List.copyOf(names);
  }

  @Override
  public Optional<Stamp> stamp(String name) {
    AdapterNames.check(name);
    return switch (entries.get(name)) {
      case null -> start.stamp(name);
      case Entry.At(Path folder) -> folders.stamp(folder);
      case Entry.Removed _ -> Optional.empty();
    };
  }

  @Override
  public Copy copy(String name) {
    return switch (entries.get(name)) {
      case null -> start.copy(name);
      case Entry.At(Path folder) -> folders.copy(name, folder);
      case Entry.Removed _ ->
          throw new LorikeetException(
              ErrorCode.ADAPTER_NOT_FOUND, "there is no adapter of this name. Given: " + name);
    };
  }
}
