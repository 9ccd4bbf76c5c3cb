package io.lorikeet.kernels.foreign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The libraries of the build have the bits of their scalar twin, in C without Java: this machine's
 * on its CPU, AArch64's in qemu's. What is missing for it is told, and the test left out.
 */
final class TwinTest {
  private static final Path KERNELS = Path.of(System.getProperty("lorikeet.root"), "kernels");
  private static final String SEEDS = "40"; // so many in a row have one of large sizes
  private static final Path SYSROOT = Path.of("/usr/aarch64-linux-gnu"); // of Debian's compiler

  private static final int NO_COMPILER = 3; // the script's exit status for it

  private record Run(int status, String said) {}

  @Test
  void facesOfThisMachineHaveTheTwinsBits() throws Exception {
    agree(List.of(suite(thisPlatform()).toString()));
  }

  @Test
  void facesOfArmHaveTheTwinsBits() throws Exception {
    Set<String> faces = agree(arm("max"));

    assertEquals(Set.of("native-neon", "native-neon-dot"), faces);
  }

  @Test
  void armCpuWithoutDotProductIsGivenPlainNeon() throws Exception {
    List<String> command = new ArrayList<>(arm("cortex-a53"));
    command.add("1");

    Run run = run(command);

    assertEquals(0, run.status(), run.said());
    assertEquals(Set.of("native-neon"), faces(run));
  }

  /** Runs a suite with random operands; every face of it gives the same results. */
  private static Set<String> agree(List<String> suite) throws Exception {
    List<String> command = new ArrayList<>(suite);
    command.add(SEEDS);
    command.add(Integer.toString(RandomGenerator.getDefault().nextInt(1 << 30)));

    Run run = run(command);

    String told = String.join(" ", command) + "\n" + run.said();
    assertEquals(0, run.status(), told);
    Set<String> results =
        run.said().lines().map(line -> line.split(" ", 2)[1]).collect(Collectors.toSet());
    Set<String> faces = faces(run);
    assertTrue(results.size() > 0 && !faces.isEmpty(), told);
    assertEquals(run.said().lines().count(), (long) results.size() * faces.size(), told);
    return faces;
  }

  private static Set<String> faces(Run run) {
    return run.said().lines().map(line -> line.split(" ", 2)[0]).collect(Collectors.toSet());
  }

  /** The suite of AArch64 on a CPU of qemu's. */
  private static List<String> arm(String cpu) throws Exception {
    assumeFalse(thisPlatform().equals("linux-aarch64"), "its own faces are tested");
    String suite = suite("linux-aarch64").toString();
    neededFor("qemu-aarch64", "linux-aarch64", isThere("qemu-aarch64", "--version"));
    neededFor(SYSROOT.toString(), "linux-aarch64", Files.isDirectory(SYSROOT));
    return List.of("qemu-aarch64", "-L", SYSROOT.toString(), "-cpu", cpu, suite);
  }

  /** The suite of a platform, linked to the library that travels in the jar. */
  private static Path suite(String platform) throws Exception {
    Path library =
        KERNELS.resolve("target/classes/native").resolve(platform).resolve("liblorikeet.so");
    int compiler = run(List.of(script("main/c/platform"), "compiler", platform)).status();
    assertTrue(Set.of(0, NO_COMPILER).contains(compiler), () -> "exit status " + compiler);
    neededFor("C compiler", platform, compiler != NO_COMPILER);
    assertTrue(Files.exists(library), () -> "the build has left out " + library);
    Path suite = KERNELS.resolve("target/twin").resolve(platform).resolve("suite");
    Run build =
        run(List.of(script("test/c/build"), platform, library.toString(), suite.toString()));
    assertEquals(0, build.status(), build.said());
    return suite;
  }

  private static String thisPlatform() throws Exception {
    return run(List.of(script("main/c/platform"))).said();
  }

  private static String script(String name) {
    return KERNELS.resolve("src").resolve(name).toString();
  }

  private static void neededFor(String what, String platform, boolean there) {
    String told = "lorikeet: the C kernels of " + platform + " are not tested: no " + what;
    if (!there) {
      System.out.println(told);
    }
    assumeTrue(there, told);
  }

  private static boolean isThere(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static Run run(List<String> command) throws IOException, InterruptedException {
    Path said = Files.createTempFile("said", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      boolean ended = process.waitFor(10, TimeUnit.MINUTES);
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
