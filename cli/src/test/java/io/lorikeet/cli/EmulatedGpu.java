package io.lorikeet.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code lorikeet serve} in a process of its own that finds the emulated CUDA driver of kernels'
 * tests as its {@code libcuda.so.1}, as on a machine with a GPU.
 */
final class EmulatedGpu implements AutoCloseable {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));
  private static final Path BUILT = ROOT.resolve("kernels/target/emulator");
  private static final Pattern READY = Pattern.compile("ready url=(\\S+) .*");
  private static final int NO_COMPILER = 3;

  private final Process process;
  private final String readyLine;
  private final Path log;

  private EmulatedGpu(Process process, String readyLine, Path log) {
    this.process = process;
    this.readyLine = readyLine;
    this.log = log;
  }

  /**
   * Starts a server; where the driver can't be built, the test is left out, with the reason.
   *
   * @param folder for what the process writes
   * @param driver settings of the driver
   * @param arguments of {@code serve}
   */
  static EmulatedGpu serve(Path folder, String driver, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(lorikeet(folder));
    command.addAll(List.of("serve", "--port", "0"));
    command.addAll(List.of(arguments));
    Path log = folder.resolve("err.txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().putAll(environment(driver));
    Process process = builder.start();
    String line = firstReady(process.inputReader(UTF_8));
    if (line == null) {
      process.destroyForcibly();
      throw new AssertionError("the server did not start: " + Files.readString(log));
    }
    return new EmulatedGpu(process, line, log);
  }

  /** The start of a command line of Lorikeet whose build has kernels for GPUs. */
  static List<String> lorikeet(Path folder) throws IOException {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "@" + ROOT.resolve(".mvn/java.args"),
        "-cp",
        image(folder) + ":" + System.getProperty("java.class.path"),
        "io.lorikeet.cli.Main");
  }

  /**
   * Variables for a process that shall find the emulated driver; where it can't be built, the test
   * is left out, with the reason.
   *
   * @param driver settings of the driver
   */
  static Map<String, String> environment(String driver) throws Exception {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "no natives of JCuda");
    build("libcuda.so.1");
    build("kernels.so");
    return Map.of(
        "LD_LIBRARY_PATH",
        BUILT.toString(),
        "LORIKEET_FAKE_CUDA",
        "module=" + BUILT.resolve("kernels.so") + "," + driver);
  }

  // Stands before the build's own image: the driver looks into neither.
  static Path image(Path folder) throws IOException {
    Path cuda = Files.createDirectories(folder.resolve("classes/cuda"));
    Files.writeString(cuda.resolve("kernels.fatbin"), "loaded from the driver's module= instead");
    Files.writeString(cuda.resolve("kernels.properties"), "sources=none\ntoolkit=13000\n");
    return folder.resolve("classes");
  }

  private static @Nullable String firstReady(BufferedReader out) throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (READY.matcher(line).matches()) {
        return line;
      }
    }
    return null;
  }

  private static void build(String target) throws IOException, InterruptedException {
    Process build =
        new ProcessBuilder(
                ROOT.resolve("kernels/src/test/cpp/build").toString(), BUILT.toString(), target)
            .redirectErrorStream(true)
            .start();
    String said = new String(build.getInputStream().readAllBytes(), UTF_8);
    assertTrue(build.waitFor(10, TimeUnit.MINUTES), said);
    assumeTrue(build.exitValue() != NO_COMPILER, said);
    assertEquals(0, build.exitValue(), said);
  }

  /** What the server printed when it was ready. */
  String readyLine() {
    return readyLine;
  }

  /** What it logged so far. */
  String log() throws IOException {
    return Files.readString(log);
  }

  Client client() {
    Matcher matcher = READY.matcher(readyLine);
    assertTrue(matcher.matches(), readyLine);
    return new Client(matcher.group(1));
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, 1, TimeUnit.MINUTES).join();
    assertFalse(process.isAlive(), "the server did not end");
  }
}
