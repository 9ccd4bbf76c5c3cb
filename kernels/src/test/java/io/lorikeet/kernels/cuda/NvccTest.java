package io.lorikeet.kernels.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where there is nvcc, it takes the same sources, and ptxas their PTX, without spilled registers.
 */
final class NvccTest {
  private static final Path SOURCES = Path.of(System.getProperty("lorikeet.root"), "kernels/src");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "test/cuda/proof.cu, sm_80",
    "test/cuda/proof.cu, sm_90a",
    "main/cuda/kernels.cu, sm_80",
    "main/cuda/kernels.cu, sm_90a"
  })
  void compilesWithoutSpills(String source, String architecture) throws Exception {
    assumeTrue(nvccIsThere(), "no nvcc");

    Emulator.Run run =
        Emulator.run(
            List.of(
                "nvcc",
                "-std=c++17",
                "-O3",
                "-I" + SOURCES.resolve("main/cuda"),
                "-arch=" + architecture,
                "-Xptxas=-v,--warn-on-spills",
                "-cubin",
                "-o",
                folder.resolve("proof.cubin").toString(),
                SOURCES.resolve(source).toString()),
            Map.of());

    assertEquals(0, run.status(), run.said());
    assertTrue(run.said().contains("0 bytes spill stores"), run.said());
    assertEquals(0, Pattern.compile("[1-9]\\d* bytes spill").matcher(run.said()).results().count());
  }

  private static boolean nvccIsThere() throws InterruptedException {
    try {
      return new ProcessBuilder("nvcc", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
