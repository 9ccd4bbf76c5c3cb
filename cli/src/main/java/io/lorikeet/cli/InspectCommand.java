package io.lorikeet.cli;

import io.lorikeet.cli.inspect.AdapterInspector;
import io.lorikeet.cli.inspect.FolderKind;
import io.lorikeet.cli.inspect.JsonReport;
import io.lorikeet.cli.inspect.ModelInspector;
import io.lorikeet.cli.inspect.Report;
import io.lorikeet.cli.inspect.TextReport;
import io.lorikeet.config.Device;
import io.lorikeet.config.Settings;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import io.lorikeet.engine.spi.ExecutorProvider;
import io.lorikeet.engine.text.TextModel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lorikeet inspect}: what folders are and whether they can be served. Starts no server. */
@Command(
    name = "inspect",
    description = {
      "Says what model and adapter folders are, whether they can be served, and what",
      "fits into memory. The exit code is 2 where a folder is refused."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class InspectCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "DIR",
      description = "Model folder, adapter folder, or folder whose sub-folders are adapters.")
  private List<Path> folders = new ArrayList<>();

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model that adapters are checked against; without it the embedded demo.")
  private @Nullable Path model;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      converter = ByteSizeConverter.class,
      description =
          "Memory to fit models into, such as 8GiB; without it what this machine has free.")
  private @Nullable Long memory;

  @Option(
      names = "--rank",
      paramLabel = "N",
      description = "Rank of the adapters that are counted (default: 16).")
  private int rank = 16;

  @Option(
      names = "--quantize",
      paramLabel = "q8|q4",
      description =
          "Run models on a set of prompts, as stored and quantised so, and say how far the answers"
              + " are apart (docs/quantized-weights.md).")
  private @Nullable String quantize;

  @Option(names = "--json", description = "One JSON object per folder, a line each.")
  private boolean json;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings over those of reference.conf, as for `serve`.")
  private @Nullable Path config;

  @Override
  public Integer call() {
    if (rank < 1) {
      throw new IllegalArgumentException("`--rank` must be >= 1. Given: " + rank);
    }
    Settings settings = SettingsReader.read(Optional.ofNullable(config), overrides());
    List<FolderKind> kinds = folders.stream().map(FolderKind::of).toList();
    if (quantize != null && kinds.stream().anyMatch(kind -> kind != FolderKind.MODEL)) {
      throw new IllegalArgumentException("`--quantize` is for model folders. Given: " + folders);
    }
    // Only the CPU takes every model and every kind of weights.
    Device device = settings.device() == Device.AUTO ? Device.CPU : settings.device();
    ExecutorProvider provider = BackEnd.find(device);
    ModelInspector models =
        new ModelInspector(
            settings,
            provider,
            memory == null ? provider.freeBytes() : memory,
            rank,
            quantize != null);
    Optional<AdapterInspector> adapters =
        kinds.stream().allMatch(kind -> kind == FolderKind.MODEL)
            ? Optional.empty()
            : Optional.of(adapterInspector(settings, provider));
    boolean ok = true;
    for (int i = 0; i < folders.size(); i++) {
      Path folder = folders.get(i);
      Report report =
          switch (kinds.get(i)) {
            case MODEL -> models.inspect(folder);
            case ADAPTER -> adapters.orElseThrow().inspect(folder);
            case ADAPTERS -> adapters.orElseThrow().inspectBelow(folder);
          };
      print(report, i == 0);
      ok &= report.ok();
    }
    return ok ? CommandLine.ExitCode.OK : CommandLine.ExitCode.USAGE;
  }

  private Map<String, Object> overrides() {
    if (quantize == null) {
      return Map.of();
    }
    if (!List.of("q8", "q4").contains(quantize)) {
      throw new IllegalArgumentException("`--quantize` must be q8 or q4. Given: " + quantize);
    }
    return Map.of("engine.weights", quantize);
  }

  private AdapterInspector adapterInspector(Settings settings, ExecutorProvider provider) {
    AdapterPlaces none = AdapterPlaces.parse(List.of());
    Path folder = model == null ? ServedFolder.demo(none).model() : model;
    LoadedModel base = ModelFolder.load(folder, Set.copyOf(settings.acceptFields()));
    long weightBytes = provider.memoryNeed(base, settings.engine()).weightBytes();
    Optional<TextModel> text = TextModel.load(folder);
    text.ifPresent(TextModel::close); // nothing is encoded
    return new AdapterInspector(base, weightBytes, text, settings.adapters());
  }

  private void print(Report report, boolean first) {
    if (spec == null) {
      throw new IllegalStateException("the command is run by picocli");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JsonReport.of(report));
    } else {
      out.print((first ? "" : System.lineSeparator()) + TextReport.of(report));
    }
    out.flush();
  }
}
