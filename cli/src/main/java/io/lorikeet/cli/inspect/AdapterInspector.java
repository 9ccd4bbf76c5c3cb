package io.lorikeet.cli.inspect;

import io.lorikeet.config.AdapterSettings;
import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.peft.AdapterArtifact;
import io.lorikeet.engine.format.peft.AdapterFolder;
import io.lorikeet.engine.format.peft.AdapterLimits;
import io.lorikeet.engine.format.peft.AdapterNames;
import io.lorikeet.engine.format.peft.AdapterSummary;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.text.TextModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at adapter folders with the eyes of one model. */
public final class AdapterInspector {
  private final LoadedModel base;
  private final long baseBytes;
  private final Optional<TextModel> text;
  private final AdapterLimits limits;

  /**
   * @param baseBytes weights of the model in memory, for comparison
   * @param text of the model, which adapters' tokenizers must agree with
   */
  public AdapterInspector(
      LoadedModel base, long baseBytes, Optional<TextModel> text, AdapterSettings settings) {
    this.base = base;
    this.baseBytes = baseBytes;
    this.text = text;
    this.limits = AdapterLimits.ofBytes(settings.fileBytesMax());
  }

  /** Reads and checks one adapter; what is wrong with it is in the report. */
  public Report inspect(Path folder) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return report(folder, name == null ? "adapter" : name.toString());
  }

  /** Reads and checks every adapter below a folder, under the names that {@code serve} gives. */
  public Report inspectBelow(Path root) {
    List<AdapterReport> adapters = new ArrayList<>();
    for (Path folder : FolderKind.adaptersBelow(root)) {
      String separator = root.getFileSystem().getSeparator();
      String name = root.relativize(folder).toString().replace(separator, "/");
      adapters.add(
          refusedPlace(root, folder, name)
              .map(refusal -> refused(folder, name, List.of(), refusal))
              .orElseGet(() -> report(folder, name)));
    }
    return new AdaptersReport(root, base.name(), adapters);
  }

  // A name that can't be asked for, and a link that leads out of the folder.
  private static Optional<Refusal> refusedPlace(Path root, Path folder, String name) {
    try {
      AdapterNames.check(name);
      return folder.toRealPath().startsWith(root.toRealPath())
          ? Optional.empty()
          : Optional.of(
              new Refusal(
                  ErrorCode.ADAPTER_PATH_FORBIDDEN.wire(),
                  "an adapter's folder must lie in its root. Given: " + name));
    } catch (LorikeetException e) {
      return Optional.of(Refusal.of(e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private AdapterReport report(Path folder, String name) {
    List<String> warnings = new ArrayList<>();
    try {
      AdapterArtifact artifact = AdapterFolder.copy(folder, limits);
      text.ifPresent(model -> warnings.addAll(model.checkAdapter(folder)));
      AdapterImage image = AdapterFolder.read(artifact, base, limits, warnings::add);
      AdapterReport.Facts facts =
          new AdapterReport.Facts(
              AdapterSummary.of(artifact, limits),
              Changes.of(image),
              artifact.generation().hash(),
              artifact.bytes(),
              image.bytes(),
              baseBytes);
      return new AdapterReport(
          folder, name, base.name(), Optional.of(facts), warnings, Optional.empty());
    } catch (LorikeetException e) {
      return refused(folder, name, warnings, Refusal.of(e));
    }
  }

  private AdapterReport refused(Path folder, String name, List<String> warnings, Refusal refusal) {
    return new AdapterReport(
        folder, name, base.name(), Optional.empty(), warnings, Optional.of(refusal));
  }
}
