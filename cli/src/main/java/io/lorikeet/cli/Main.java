package io.lorikeet.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code lorikeet serve ...}, {@code lorikeet inspect ...}. */
@Command(
    name = "lorikeet",
    description = "Serves one base language model and any number of LoRA adapters from one batch.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      ServeCommand.class,
      InspectCommand.class,
      BenchCommand.class,
      BundleCommand.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(new FailureLine());
    // Without a command there is nothing to do but to say what there is.
    line.setExecutionStrategy(parsed -> {
      if (!parsed.hasSubcommand()
          && !parsed.isUsageHelpRequested()
          && !parsed.isVersionHelpRequested()) {
        line.usage(line.getErr());
        return CommandLine.ExitCode.USAGE;
      }
      return new CommandLine.RunLast().execute(parsed);
    });
    return line;
  }
}
