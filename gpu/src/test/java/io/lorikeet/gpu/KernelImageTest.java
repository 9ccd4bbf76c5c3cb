package io.lorikeet.gpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The build's script makes one image for all GPUs, or says that it can't. */
final class KernelImageTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("lorikeet.root"), "kernels/src/main/cuda/build");

  @TempDir Path folder;

  @Test
  void withoutACompilerNothingIsLeftAndTheBuildGoesOn() throws Exception {
    Files.writeString(folder.resolve("kernels.fatbin"), "of an older build");

    String said = build("nvcc-of-nobody");

    assertTrue(said.contains("no CUDA compiler (nvcc-of-nobody)"), said);
    assertFalse(Files.exists(folder.resolve("kernels.fatbin")));
  }

  @Test
  void anImageSaysWhatItWasMadeOfAndIsMadeOnce() throws Exception {
    assumeTrue(KernelImage.ofBuild().isPresent(), "this build has no nvcc");
    KernelImage image = KernelImage.ofBuild().orElseThrow();
    assertTrue(image.toolkit() >= 12000, "toolkit " + image.toolkit());
    assertTrue(image.sources().matches("[0-9a-f]{64}"), image.sources());
    assertTrue(image.fatbin().length > 10_000, image.fatbin().length + " bytes");
    Path fatbin = folder.resolve("kernels.fatbin");
    Files.write(fatbin, image.fatbin());
    Files.setLastModifiedTime(fatbin, FileTime.fromMillis(0));
    Path properties = folder.resolve("kernels.properties");
    Files.writeString(
        properties, "sources=" + image.sources() + "\ntoolkit=" + image.toolkit() + "\n");

    build("nvcc");

    assertEquals(0, Files.getLastModifiedTime(fatbin).toMillis());
  }

  private String build(String compiler) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(SCRIPT.toString(), folder.toString()).redirectErrorStream(true);
    builder.environment().put("NVCC", compiler);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), said);
    assertEquals(0, process.exitValue(), said);
    return said;
  }
}
