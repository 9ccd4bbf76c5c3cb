package io.lorikeet.cli;

import io.lorikeet.cli.bench.BenchReport;
import io.lorikeet.cli.bench.Benchmark;
import io.lorikeet.cli.bench.Distribution;
import io.lorikeet.cli.bench.Measurement;
import io.lorikeet.cli.bench.Setting;
import io.lorikeet.cli.bench.Shape;
import io.lorikeet.config.Device;
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
      names = "--ranks",
      paramLabel = "R",
      split = ",",
      description = "Their ranks, in turns (default: 16).")
  private List<Integer> ranks = new ArrayList<>(List.of(16));

  @Option(
      names = "--distribution",
      paramLabel = "KIND",
      description =
          "Which stream asks for which adapter: distinct, uniform, skewed or identical"
              + " (default: distinct).")
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
    List<Measurement> all =
        new Benchmark(BackEnd.find(Device.of(device)), rounds, text -> show(progress, text))
            .run(settings());
    show(progress, "");
    for (Measurement measurement : all) {
      if (json) {
        out.println(BenchReport.json(measurement));
      } else {
        out.print(BenchReport.text(measurement));
      }
    }
    if (all.size() == 2 && !json) {
      out.print(BenchReport.ratios(all));
    }
    out.flush();
    return CommandLine.ExitCode.OK;
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
