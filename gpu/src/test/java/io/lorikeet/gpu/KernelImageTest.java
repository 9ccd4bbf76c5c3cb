package io.lorikeet.gpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
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

    Files.writeString(folder.resolve("registers.tsv"), "of the same build");

    build("nvcc");

    assertEquals(0, Files.getLastModifiedTime(fatbin).toMillis());
  }

  @Test
  void everyKernelsRegistersAreKnownForEveryGpu() throws Exception {
    assumeTrue(KernelImage.ofBuild().isPresent(), "this build has no nvcc");
    Set<String> expected = new TreeSet<>();
    for (String kernel : kernels()) {
      for (int architecture : List.of(80, 86, 89, 90, 100, 120)) {
        expected.add("sm_" + architecture + (architecture == 90 ? "a" : "") + " " + kernel);
      }
    }
    Set<String> known = new TreeSet<>();
    for (String line : registers().lines().skip(1).toList()) {
      String[] columns = line.split("\t", -1);
      assertEquals(6, columns.length, line);
      assertTrue(known.add(columns[0] + " " + columns[1]), line);
      int registers = Integer.parseInt(columns[2]);
      assertTrue(registers >= 8 && registers <= 255, line);
      assertEquals("0", columns[5], line);
    }
    assertEquals(expected, known);
  }

  // As the table of the emulator's module names them.
  private static List<String> kernels() throws IOException {
    return Pattern.compile("^ *KERNEL\\((\\w+),", Pattern.MULTILINE)
        .matcher(Files.readString(SCRIPT.resolveSibling("kernels.cu")))
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  private static String registers() throws IOException {
    try (InputStream in = KernelImage.class.getResourceAsStream("/cuda/registers.tsv")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
    }
  }

  @Test
  void whatPtxasSaysBecomesATable() throws Exception {
    build(compiler(0).toString());

    assertEquals(
        """
        architecture\tkernel\tregisters\tshared bytes\tstack bytes\tspilled bytes
        sm_80\tnorm\t31\t8\t16\t0
        sm_80\trope\t40\t0\t0\t0
        """,
        Files.readString(folder.resolve("registers.tsv")));
    assertEquals("image\n", Files.readString(folder.resolve("kernels.fatbin")));
  }

  @Test
  void spilledRegistersFailTheBuild() throws Exception {
    Files.writeString(folder.resolve("kernels.fatbin"), "of an older build");

    Built built = run(compiler(12).toString());

    assertEquals(1, built.status());
    assertEquals(
        "lorikeet: the kernel rope spills 20 bytes of registers on sm_80", built.said().strip());
    assertEquals("of an older build", Files.readString(folder.resolve("kernels.fatbin")));
    assertFalse(Files.exists(folder.resolve("kernels.fatbin.new")));
  }

  @Test
  void whatTheCompilerRefusesIsSaid() throws Exception {
    Path compiler = script("echo 'kernels.cu(1): error: no' >&2; exit 2");

    Built built = run(compiler.toString());

    assertEquals(1, built.status());
    assertTrue(built.said().contains("kernels.cu(1): error: no"), built.said());
  }

  /** A compiler that writes an image and talks as ptxas does. */
  private Path compiler(int stored) throws IOException {
    return script(
        """
        while [ $# -gt 1 ]; do [ "$1" = -o ] && echo image > "$2"; shift; done
        cat >&2 <<END
        ptxas info    : 0 bytes gmem
        ptxas info    : Compiling entry function 'rope' for 'sm_80'
        ptxas info    : Function properties for rope
            0 bytes stack frame, %d bytes spill stores, %d bytes spill loads
        ptxas info    : Used 40 registers, used 0 barriers
        ptxas info    : Compile time = 54.923 ms
        ptxas info    : Compiling entry function 'norm' for 'sm_80'
        ptxas info    : Function properties for norm
            16 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
        ptxas info    : Used 31 registers, used 1 barriers, 16 bytes cumulative stack size, 8 bytes smem
        END
        """
            .formatted(stored, stored == 0 ? 0 : 8));
  }

  private Path script(String body) throws IOException {
    Path script = folder.resolve("nvcc");
    Files.writeString(
        script,
        "#!/bin/sh\n[ \"$1\" = --version ] && { echo 'release 13.0, V13'; exit; }\n" + body);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script;
  }

  /** How the script ended and what it wrote. */
  private record Built(int status, String said) {}

  private String build(String compiler) throws Exception {
    Built built = run(compiler);
    assertEquals(0, built.status(), built.said());
    return built.said();
  }

  private Built run(String compiler) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(SCRIPT.toString(), folder.toString()).redirectErrorStream(true);
    builder.environment().put("NVCC", compiler);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), said);
    return new Built(process.exitValue(), said);
  }
}
