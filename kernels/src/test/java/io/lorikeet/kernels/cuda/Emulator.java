package io.lorikeet.kernels.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Builds the emulator's programs when their sources are newer, and runs them. */
final class Emulator {
  private static final Path KERNELS = Path.of(System.getProperty("lorikeet.root"), "kernels");
  private static final Path BUILT = KERNELS.resolve("target/emulator");
  private static final int NO_COMPILER = 3;

  static final boolean SOAK = Boolean.getBoolean("lorikeet.soak");

  /** How a program ended and what it wrote, to either stream. */
  record Run(int status, String said) {}

  private Emulator() {}

  /**
   * The path of a program; without a C++ compiler the test that asks is left out, with the reason.
   */
  static synchronized Path built(String target) throws IOException, InterruptedException {
    Run build = build(System.getenv().getOrDefault("CXX", "g++"), BUILT, target);
    assumeTrue(build.status() != NO_COMPILER, build.said());
    assertEquals(0, build.status(), build.said());
    return BUILT.resolve(target);
  }

  static Run build(String compiler, Path folder, String... targets)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(KERNELS.resolve("src/test/cpp/build").toString());
    command.add(folder.toString());
    command.addAll(List.of(targets));
    return run(command, Map.of("CXX", compiler));
  }

  /** Cases of the suite; words with a {@code =} are options of the emulator. */
  static Run cases(String target, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    String program = built(target).toString();
    if (!target.equals("suite")) {
      Run empty = run(List.of(program), Map.of());
      assumeTrue(empty.status() == 0, "the sanitizer does not run here: " + empty.said());
    }
    command.add(program);
    command.addAll(List.of(words));
    return run(
        command,
        Map.of(
            "TSAN_OPTIONS", "exitcode=66",
            "ASAN_OPTIONS", "exitcode=67",
            "UBSAN_OPTIONS", "print_stacktrace=1"));
  }

  static Run run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile("said", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      boolean ended = process.waitFor(SOAK ? 120 : 10, TimeUnit.MINUTES);
      if (!ended) {
        process.destroyForcibly();
      }
      String text = new String(Files.readAllBytes(said), UTF_8).strip();
      assertTrue(ended, () -> command + " did not end: " + text);
      return new Run(process.exitValue(), text);
    } finally {
      Files.delete(said);
    }
  }
}
