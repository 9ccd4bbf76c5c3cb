package io.lorikeet.cli.bundle;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Makes a bundle: {@code bin/lorikeet}, {@code runtime}, {@code lib} with the jars and the flags of
 * the JVM, and the demo where it is wanted. It appears under its name when it is whole.
 *
 * @param home of this Lorikeet
 * @param javaHome of the JDK that links the runtime
 * @param classPath jars and folders, in their order
 * @param progress told in a few words what is being done
 */
public record Bundle(
    Path home, Path javaHome, List<Path> classPath, boolean withDemo, Consumer<String> progress) {
  private static final String FLAGS = ".mvn/java.args";
  private static final String DEMO = "models/demo";
  private static final String LICENSE = "LICENSE";

  /**
   * What was made.
   *
   * @param platform that it runs on
   * @param bytes of the folder
   * @param archiveBytes of the archive, where there is one
   * @param nativeKernels whether it has kernels in C
   * @param gpuKernels whether it has kernels for GPUs
   */
  public record Made(
      String platform,
      long bytes,
      OptionalLong archiveBytes,
      boolean nativeKernels,
      boolean gpuKernels) {}

  public Bundle {
    classPath = List.copyOf(classPath);
  }

  /** Where the archive of a bundle is put. */
  public static Path archiveOf(Path output) {
    return output.resolveSibling(output.getFileName() + ".tar.gz");
  }

  /**
   * Makes it.
   *
   * @param output folder that is not there yet
   * @param archived whether to write {@link #archiveOf} too
   * @throws LorikeetException BUNDLE_*
   */
  public Made make(Path output, boolean archived) throws IOException {
    Path archive = archiveOf(output);
    requireAbsent(output);
    if (archived) {
      requireAbsent(archive);
    }
    Platform platform = Platform.of(System.getProperty("os.name"), System.getProperty("os.arch"));
    Path parent = output.toAbsolutePath().getParent();
    Path work = Files.createTempDirectory(Files.createDirectories(parent), ".bundle");
    try {
      Path whole = work.resolve(output.getFileName());
      Jars jars = new Jars(platform, Files.createDirectories(whole.resolve("lib")));
      fill(whole, jars);
      long bytes = bytes(whole);
      OptionalLong archiveBytes = OptionalLong.empty();
      if (archived) {
        progress.accept("compressing");
        Path packed = work.resolve("archive");
        Archive.write(whole, packed);
        archiveBytes = OptionalLong.of(Files.size(packed));
        Files.move(packed, archive);
      }
      Files.move(whole, output);
      return new Made(
          platform.name(),
          bytes,
          archiveBytes,
          jars.contains("native/" + platform.name() + "/liblorikeet.so"),
          jars.contains("cuda/kernels.fatbin"));
    } finally {
      delete(work);
    }
  }

  private static void requireAbsent(Path output) {
    if (Files.exists(output)) {
      throw new LorikeetException(
          ErrorCode.BUNDLE_OUTPUT_EXISTS,
          "the output must not be there yet: remove it or name another. Given: " + output);
    }
  }

  private void fill(Path whole, Jars jars) throws IOException {
    copy(part(FLAGS), whole.resolve("lib/java.args"));
    copy(part(LICENSE), whole.resolve(LICENSE));
    if (withDemo) {
      progress.accept("copying the demo");
      copyAll(part(DEMO), whole.resolve(DEMO));
    }
    progress.accept("packing jars");
    jars.write(classPath);
    launcher(whole.resolve("bin/lorikeet"));
    progress.accept("linking a Java runtime");
    RuntimeImage.link(javaHome, whole.resolve("runtime"));
  }

  private Path part(String name) {
    Path part = home.resolve(name);
    if (!Files.exists(part)) {
      throw new LorikeetException(
          ErrorCode.BUNDLE_PART_MISSING,
          "a bundle is made by `lorikeet` in the project's folder, with all its parts. Given: no "
              + part);
    }
    return part;
  }

  private static void launcher(Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (InputStream script = Bundle.class.getResourceAsStream("launcher.sh")) {
      if (script == null) {
        throw new IllegalStateException("launcher.sh is a resource of this package");
      }
      Files.copy(script, to);
    }
    Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private static void copyAll(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  private static long bytes(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        bytes += Files.isSymbolicLink(path) ? 0 : Files.size(path); // a link has no bytes
      }
    }
    return bytes;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
