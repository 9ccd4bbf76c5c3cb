package io.lorikeet.cli;

import io.lorikeet.cli.bench.BenchReport;
import io.lorikeet.cli.bench.BenchTable;
import io.lorikeet.cli.bench.Benchmark;
import io.lorikeet.cli.bench.Distribution;
import io.lorikeet.cli.bench.Measurement;
import io.lorikeet.cli.bench.PageIn;
import io.lorikeet.cli.bench.Setting;
import io.lorikeet.cli.bench.Shape;
import io.lorikeet.config.Device;
import io.lorikeet.engine.spi.ExecutorProvider;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lorikeet bench}: how fast this machine serves a model of a published shape. */
@Command(
    name = "bench",
    description = {
      "Measures decode, prefill and the adapter tax in process, through the real scheduler",
      "and executor, on weights made up in memory. Nothing is downloaded."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--shape",
      paramLabel = "NAME",
      description =
          "demo, tinyllama-1.1b, llama-3.2-1b, qwen2.5-0.5b, mistral-7b, or numbers:"
              + " layers=2,hidden=64,intermediate=128,heads=4,kv-heads=2,vocab=512,context=256"
              + " (default: tinyllama-1.1b).")
  private String shape = "tinyllama-1.1b";

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description = "f32, f16, bf16, q8 or q4 (default: bf16).")
  private String dtype = "bf16";

  @Option(names = "--device", description = "auto, cpu or cuda (default: cpu).")
  private String device = "cpu";

  @Option(
      names = "--kernels",
      paramLabel = "FACE",
      description = "auto, native, vector or scalar (default: auto).")
  private String kernels = "auto";

  @Option(
      names = "--numerics",
      paramLabel = "KIND",
      description = "auto, exact or int8 (default: auto).")
  private String numerics = "auto";

  @Option(names = "--streams", paramLabel = "N", description = "Streams at once (default: 1).")
  private int streams = 1;

  @Option(
      names = "--adapters",
      paramLabel = "N",
      description = "Made-up adapters on all seven projections; 0: the base (default: 0).")
  private int adapters;

  @Option(
      names = "--registered",
      paramLabel = "N",
      description =
          "Names of adapters that the engine knows, those of --adapters included; the others are"
              + " never asked for (default: as --adapters).")
  private int registered;

  @Option(
      names = "--ranks",
      paramLabel = "R",
      split = ",",
      description = "Their ranks, in turns (default: 16).")
  private List<Integer> ranks = new ArrayList<>(List.of(16));

  @Option(
      names = "--distribution",
      paramLabel = "KIND",
      description =
          "Which stream asks for which adapter: distinct, uniform, skewed, identical, or none: the"
              + " base beside loaded adapters (default: distinct).")
  private String distribution = "distinct";

  @Option(names = "--prompt", paramLabel = "N", description = "Tokens of a prompt (default: 128).")
  private int prompt = 128;

  @Option(
      names = "--new",
      paramLabel = "N",
      description = "Tokens that each stream draws (default: 64).")
  private int fresh = 64;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the executor; 0: one a core (default: 0).")
  private int threads;

  @Option(names = "--rounds", paramLabel = "N", description = "Rounds (default: 5).")
  private int rounds = 5;

  @Option(
      names = "--compare",
      paramLabel = "OPTION=VALUE",
      description =
          "A second setting, as the first but for these values; both run in turns, and the ratio"
              + " of the second to the first is printed.")
  private @Nullable String compare;

  @Option(
      names = "--table",
      description =
          "1, 8, 32 and 128 streams, each on the base, with one adapter of rank 32 for all, and"
              + " with one each of rank 16, 32 and 64 (docs/bench.md).")
  private boolean table;

  @Option(
      names = "--page-in",
      description =
          "What the streams notice while adapters of the first of --ranks come to the device"
              + " (docs/bench.md).")
  private boolean pageIn;

  @Option(names = "--json", description = "One JSON object per setting, a line each.")
  private boolean json;

  @Override
  public Integer call() {
    if (rounds < 1) {
      throw new IllegalArgumentException("`--rounds` must be >= 1. Given: " + rounds);
    }
    if (spec == null) {
      throw new IllegalStateException("the command is run by picocli");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter progress = spec.commandLine().getErr();
    ExecutorProvider provider = BackEnd.find(Device.of(device));
    if (pageIn) {
      requireAlone("--page-in", compare != null || table || adapters > 0);
      PageIn paged = PageIn.measure(settings().getFirst(), provider, rounds);
      out.print(json ? paged.json() + "\n" : paged.text());
      out.flush();
      return CommandLine.ExitCode.OK;
    }
    Benchmark benchmark = new Benchmark(provider, rounds, text -> show(progress, text));
    List<Measurement> all = table ? table(benchmark, progress) : benchmark.run(settings());
    show(progress, "");
    for (Measurement measurement : all) {
      if (json) {
        out.println(BenchReport.json(measurement));
      } else {
        out.print(BenchReport.text(measurement));
      }
    }
    if (compare != null && !json) {
      out.print(BenchReport.ratios(all));
    }
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  // Each cell by itself: memory for the adapters of all of them at once is rarely there.
  private List<Measurement> table(Benchmark benchmark, PrintWriter progress) {
    requireAlone("--table", compare != null || adapters > 0 || streams != 1);
    List<Measurement> all = new ArrayList<>();
    for (Setting cell : BenchTable.cells(settings().getFirst())) {
      String objection = BenchTable.objection(cell);
      if (objection.isEmpty()) {
        all.addAll(benchmark.run(List.of(cell)));
      } else {
        show(progress, "");
        progress.println("left out: " + objection);
      }
    }
    return all;
  }

  private static void requireAlone(String option, boolean others) {
    if (others) {
      throw new IllegalArgumentException(
          "`%s` has streams and adapters of its own: it excludes `--compare`, `--table` and `--adapters`, `--table` also `--streams`"
              .formatted(option));
    }
  }

  private List<Setting> settings() {
    Setting first =
        new Setting(
            Shape.of(shape),
            dtype,
            kernels,
            numerics,
            streams,
            adapters,
            registered,
            ranks,
            Distribution.of(distribution),
            prompt,
            fresh,
            threads);
    return compare == null ? List.of(first) : List.of(first, first.with(compare));
  }

  // One line that is written over.
  private static void show(PrintWriter progress, String text) {
    progress.print("\r\u001b[K" + text.toLowerCase(Locale.ROOT));
    progress.flush();
  }
}
