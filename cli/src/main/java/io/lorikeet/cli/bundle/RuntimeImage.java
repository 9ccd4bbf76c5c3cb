package io.lorikeet.cli.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A Java runtime with the modules that Lorikeet needs, linked by the JDK's own jlink. */
final class RuntimeImage {
  /**
   * What its jars need. That some libraries name classes of java.desktop and java.sql is left out:
   * they look first whether those are there.
   */
  static final List<String> MODULES =
      List.of(
          "java.base",
          "java.logging", // Pekko, OkHttp, JCuda
          "java.management", // free memory; Kamon
          "java.naming", // Logback, Pekko's DNS
          "java.net.http", // a client for checks of what runs
          "java.xml", // Logback's configuration
          "jdk.httpserver", // Kamon's Prometheus reporter
          "jdk.incubator.vector", // kernels
          "jdk.jfr", // Pekko's flight recorder events; profiles on the host
          "jdk.management", // free memory of containers
          "jdk.unsupported"); // Pekko, Scala

  private RuntimeImage() {}

  /**
   * Links a runtime into a folder that is not there yet.
   *
   * @param javaHome of a JDK
   * @throws LorikeetException BUNDLE_JDK_UNSUITABLE
   */
  static void link(Path javaHome, Path to) throws IOException {
    Path jlink = javaHome.resolve("bin/jlink");
    if (!Files.isExecutable(jlink)) {
      throw unsuitable(javaHome, "it has no jlink");
    }
    // Classes are not compressed: an archive of the whole folder compresses them better.
    Process process =
        new ProcessBuilder(
                jlink.toString(),
                "--output",
                to.toString(),
                "--add-modules",
                String.join(",", MODULES),
                "--strip-java-debug-attributes",
                "--no-header-files",
                "--no-man-pages",
                "--compress=zip-0")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (exitValue(process) != 0) {
      throw unsuitable(javaHome, "its jlink says " + firstError(said));
    }
  }

  private static int exitValue(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      throw new IllegalStateException("interrupted while jlink ran", e);
    }
  }

  private static String firstError(String said) {
    return said.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("WARNING"))
        .findFirst()
        .orElse("nothing");
  }

  private static LorikeetException unsuitable(Path javaHome, String reason) {
    return new LorikeetException(
        ErrorCode.BUNDLE_JDK_UNSUITABLE,
        "a bundle needs a JDK that can link runtimes: one with jmods, or one that links from its own image, as Eclipse Temurin 25 does. Given: %s, %s"
            .formatted(javaHome, reason));
  }
}
