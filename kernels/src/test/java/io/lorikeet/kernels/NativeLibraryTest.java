package io.lorikeet.kernels;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lorikeet.kernels.foreign.NativeKernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The C kernels are there where they can be, and their absence is told where they can't. */
final class NativeLibraryTest {
  private static final String BUILD =
      System.getProperty("lorikeet.root") + "/kernels/src/main/c/build";

  private static final Path CPU = Path.of("/proc/cpuinfo");
  private static final List<String> PLATFORMS = List.of("linux-x86_64", "linux-aarch64");
  private static final String THIS_PLATFORM =
      (System.getProperty("os.name") + "-" + System.getProperty("os.arch"))
          .toLowerCase(Locale.ROOT)
          .replace("amd64", "x86_64");

  // Scripts of compilers.
  private static final String WRITES_NOTHING = "while [ $1 != -o ]; do shift; done\n: > $2\n";
  private static final String HAS_NO_HEADERS = "exit 1\n";

  @TempDir Path folder;

  @Test
  void compilerAndCpuAreEnoughForTheNativeFace() throws Exception {
    assumeTrue(compilerIsThere(), "no C compiler");
    assertEquals("", NativeKernels.absence());
    assertEquals(Faces.NATIVE.getLast().name(), NativeKernels.preferred().name());
  }

  @Test
  void cpuMultipliesBf16WhereItHasInstructionsForIt() throws Exception {
    boolean has =
        compilerIsThere()
            && Files.isReadable(CPU)
            && Files.readString(CPU).contains(" avx512_bf16 ");

    assertEquals(has, Faces.NATIVE.stream().anyMatch(face -> face.bf16Absence().isEmpty()));
  }

  @Test
  void buildWithoutCompilerSaysSoAndLeavesNothing() throws Exception {
    String said = build("no-such-compiler", WRITES_NOTHING);

    assertTrue(said.contains("the Vector API is used"), said);
    assertTrue(Files.notExists(folder.resolve(THIS_PLATFORM)));
  }

  @Test
  void buildTakesAlongWhatThereIsCrossCompilerFor() throws Exception {
    String said = build("no-such-compiler", WRITES_NOTHING);

    for (String platform : PLATFORMS) {
      assertEquals(!platform.equals(THIS_PLATFORM), Files.exists(library(platform)), said);
    }
  }

  @Test
  void buildLeavesOutWhatCrossCompilerHasNoCLibraryFor() throws Exception {
    String said = build("no-such-compiler", HAS_NO_HEADERS);

    for (String platform : PLATFORMS) {
      assertTrue(said.contains("no C compiler for " + platform), said);
      assertTrue(Files.notExists(library(platform)), said);
    }
  }

  private Path library(String platform) {
    return folder.resolve(platform).resolve("liblorikeet.so");
  }

  /** What the build says with that compiler for this machine and cross compilers of that script. */
  private String build(String compiler, String crossCompiler) throws Exception {
    Path compilers = Files.createDirectory(folder.resolve("compilers"));
    for (String name : List.of("x86_64-linux-gnu-gcc", "aarch64-linux-gnu-gcc")) {
      Path file = Files.writeString(compilers.resolve(name), "#!/bin/sh\n" + crossCompiler);
      assertTrue(file.toFile().setExecutable(true));
    }
    ProcessBuilder builder = new ProcessBuilder(BUILD, folder.toString());
    builder.environment().put("CC", compiler);
    builder.environment().merge("PATH", compilers + ":", (path, first) -> first + path);
    Process build = builder.redirectErrorStream(true).start();
    String said = new String(build.getInputStream().readAllBytes(), UTF_8);
    assertTrue(build.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, build.exitValue(), said);
    return said;
  }

  private static boolean compilerIsThere() throws InterruptedException {
    try {
      return new ProcessBuilder("cc", "--version").start().waitFor() == 0
          && List.of("amd64", "aarch64").contains(System.getProperty("os.arch"));
    } catch (IOException e) {
      return false;
    }
  }
}
