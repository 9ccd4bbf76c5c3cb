package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lorikeet.kernels.foreign.NativeKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The C kernels are there where they can be, and their absence is told where they can't. */
final class NativeLibraryTest {
  private static final String BUILD =
      System.getProperty("lorikeet.root") + "/kernels/src/main/c/build";

  @TempDir Path folder;

  @Test
  void compilerAndCpuAreEnoughForTheNativeFace() throws Exception {
    assumeTrue(compilerIsThere(), "no C compiler");
    assertEquals("", NativeKernels.absence());
    assertEquals(Faces.NATIVE.getLast().name(), NativeKernels.preferred().name());
  }

  @Test
  void buildWithoutCompilerSaysSoAndLeavesNothing() throws Exception {
    Process build = build("no-such-compiler");

    String said = build.inputReader().readLine();
    assertTrue(build.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, build.exitValue());
    assertTrue(said.contains("Vector API is used"), said);
    assertTrue(Files.notExists(folder.resolve("liblorikeet.so")));
  }

  private Process build(String compiler) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(BUILD, folder.toString());
    builder.environment().put("CC", compiler);
    return builder.start();
  }

  private static boolean compilerIsThere() throws InterruptedException {
    try {
      return new ProcessBuilder("cc", "--version").start().waitFor() == 0
          && System.getProperty("os.arch").equals("amd64");
    } catch (IOException e) {
      return false;
    }
  }
}
