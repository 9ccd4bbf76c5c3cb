package io.lorikeet.cli;

import io.lorikeet.cli.bundle.Bundle;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lorikeet bundle}: a folder that runs on machines without a JDK. */
@Command(
    name = "bundle",
    description = {
      "Makes a folder that runs on another machine of this platform, without a JDK, with or",
      "without a GPU: DIR/bin/lorikeet (docs/bundle.md)."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BundleCommand implements Callable<Integer> {
  private static final double MEGA = 1e6;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "Folder to make; it must not be there yet.")
  private Path output = Path.of("");

  @Option(names = "--archive", description = "Also write DIR.tar.gz.")
  private boolean archive;

  @Option(
      names = "--with-demo",
      description = "Include the demo model, so that bin/lorikeet serve works at once.")
  private boolean withDemo;

  @Override
  public Integer call() throws IOException {
    if (spec == null) {
      throw new IllegalStateException("the command is run by picocli");
    }
    PrintWriter progress = spec.commandLine().getErr();
    Bundle bundle =
        new Bundle(
            Path.of(System.getProperty("lorikeet.home", ".")),
            Path.of(System.getProperty("java.home")),
            classPath(System.getProperty("java.class.path")),
            withDemo,
            text -> {
              progress.println(text + " ...");
              progress.flush();
            });
    PrintWriter out = spec.commandLine().getOut();
    out.println(line(bundle.make(output, archive)));
    out.flush();
    return CommandLine.ExitCode.OK;
  }

  private static List<Path> classPath(String text) {
    return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
        .splitAsStream(text)
        .filter(part -> !part.isEmpty())
        .map(Path::of)
        .toList();
  }

  private String line(Bundle.Made made) {
    String packed =
        made.archiveBytes().isEmpty()
            ? ""
            : " archive=%s archive_mb=%s"
                .formatted(Bundle.archiveOf(output), megabytes(made.archiveBytes().getAsLong()));
    return "bundled output=%s platform=%s mb=%s%s native_kernels=%b gpu_kernels=%b"
        .formatted(
            output,
            made.platform(),
            megabytes(made.bytes()),
            packed,
            made.nativeKernels(),
            made.gpuKernels());
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / MEGA);
  }
}
