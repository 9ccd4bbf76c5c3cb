package io.lorikeet.actors;

import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.merge.PlainLora;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.peft.AdapterArtifact;
import io.lorikeet.engine.format.peft.AdapterFolder;
import io.lorikeet.engine.format.peft.AdapterLimits;
import io.lorikeet.engine.format.peft.AdapterNames;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.text.TextModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adapters in folders. A root's sub-folders are adapters under their path below it, {@code name} or
 * {@code owner/name}; entries give single folders a name and stand before the roots. Nothing is
 * kept: a folder that comes later is found, one that goes is not.
 */
final class FolderSource implements AdapterSource, FolderReader {
  private static final Logger LOG = LoggerFactory.getLogger(FolderSource.class);
  private static final String CONFIG = "adapter_config.json";

  // Whatever decides whether an adapter is served, and as what.
  private static final List<String> FILES =
      List.of(
          CONFIG,
          "adapter_model.safetensors",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json");

  private final List<Path> roots;
  private final Map<String, Path> entries;
  private final AdapterSettings settings;
  private final AdapterLimits limits;
  private final LoadedModel model;
  private final Optional<TextModel> text;

  /**
   * @param text of the model; empty: token ids only, and adapters' tokenizers do not matter
   */
  FolderSource(
      List<Path> roots,
      Map<String, Path> entries,
      AdapterSettings settings,
      LoadedModel model,
      Optional<TextModel> text) {
    this.roots = roots;
    this.entries = entries;
    this.settings = settings;
    this.limits = AdapterLimits.ofBytes(settings.fileBytesMax());
    this.model = model;
    this.text = text;
    entries.keySet().forEach(AdapterNames::check);
  }

  @Override
  public List<String> names() {
    TreeSet<String> names = new TreeSet<>(entries.keySet());
    for (Path root : roots) {
      try (Stream<Path> folders = Files.find(root, 2, (path, _) -> holdsAdapter(path))) {
        folders
            .map(root::relativize)
            .map(FolderSource::name)
            .filter(this::valid)
            .forEach(names::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (names.size() > settings.registeredMax()) {
      LOG.warn(
          "the folders hold {} adapters; at most {} can be known at once",
          names.size(),
          settings.registeredMax());
    }
    return List.copyOf(names);
  }

  private static boolean holdsAdapter(Path folder) {
    return Files.exists(folder.resolve(CONFIG));
  }

  private static String name(Path relative) {
    return relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
  }

  // The root itself is not an adapter, nor is a folder whose name can't be asked for.
  private boolean valid(String name) {
    try {
      AdapterNames.check(name);
      return true;
    } catch (LorikeetException e) {
      return false;
    }
  }

  @Override
  public Optional<Stamp> stamp(String name) {
    return folder(name).map(FolderSource::stampOf);
  }

  private Optional<Path> folder(String name) {
    AdapterNames.check(name);
    Path entry = entries.get(name);
    if (entry != null) {
      return Optional.of(entry);
    }
    return roots.stream().map(root -> confined(root, name)).filter(Files::isDirectory).findFirst();
  }

  private static Path confined(Path root, String name) {
    Path folder = root.resolve(name);
    try {
      if (Files.exists(folder) && !folder.toRealPath().startsWith(root.toRealPath())) {
        throw new LorikeetException(
            ErrorCode.ADAPTER_PATH_FORBIDDEN,
            "an adapter's folder must lie in its root. Given: " + name);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  private static Stamp stampOf(Path folder) {
    StringBuilder stamp = new StringBuilder(folder.toString());
    for (String file : FILES) {
      stamp.append('|').append(stampOf(folder, file));
    }
    return new Stamp(stamp.toString());
  }

  private static String stampOf(Path folder, String file) {
    try {
      BasicFileAttributes found =
          Files.readAttributes(folder.resolve(file), BasicFileAttributes.class);
      return found.size() + "@" + found.lastModifiedTime() + "#" + found.fileKey();
    } catch (NoSuchFileException e) {
      return "-";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Copy copy(String name) {
    Path folder =
        folder(name)
            .orElseThrow(() ->
                new LorikeetException(
                    ErrorCode.ADAPTER_NOT_FOUND,
                    "there is no adapter of this name. Given: " + name));
    return copy(name, folder);
  }

  @Override
  public Optional<Stamp> stamp(Path folder) {
    return Files.isDirectory(folder) ? Optional.of(stampOf(folder)) : Optional.empty();
  }

  @Override
  public Copy copy(String name, Path folder) {
    AdapterArtifact artifact = AdapterFolder.copy(folder, limits);
    text.ifPresent(base -> base.checkAdapter(folder).forEach(warning -> warn(name, warning)));
    return new FolderCopy(name, artifact);
  }

  private static void warn(String name, String warning) {
    LOG.warn("adapter {}: {}", name, warning);
  }

  private final class FolderCopy implements Copy {
    private final String name;
    private final AdapterArtifact artifact;

    FolderCopy(String name, AdapterArtifact artifact) {
      this.name = name;
      this.artifact = artifact;
    }

    @Override
    public GenerationId generation() {
      return artifact.generation();
    }

    @Override
    public long bytes() {
      return artifact.bytes();
    }

    @Override
    public AdapterImage read() {
      return AdapterFolder.read(artifact, model, limits, warning -> warn(name, warning));
    }

    @Override
    public PlainLora plain() {
      return AdapterFolder.readPlain(name, artifact, model, limits);
    }
  }
}
