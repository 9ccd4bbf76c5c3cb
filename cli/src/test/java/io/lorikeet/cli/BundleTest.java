package io.lorikeet.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.Console.Outcome;
import io.lorikeet.cli.bundle.Bundle;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bundle, made and unpacked elsewhere, serves in a process that finds nothing else. */
class BundleTest {
  private static final Path ROOT = Path.of(System.getProperty("lorikeet.root"));
  private static final Pattern READY = Pattern.compile("ready url=(\\S+) .*");
  private static final List<String> TESTS =
      List.of("test-classes", "-tests.jar", "junit", "archunit", "opentest4j", "apiguardian");
  private static final Predicate<String> NATIVE =
      Pattern.compile("\\.(so|dll|dylib|jnilib)$").asPredicate();
  private static final String OWN = "/liblorikeet.so";
  private static final int SIGTERM_STATUS = 128 + 15;
  private static final long ARCHIVE_BYTES_MAX = 70_000_000; // with the demo, of 7.4 MB

  @TempDir static Path folder;

  private static Bundle.@Nullable Made made;
  private static Path unpacked = Path.of("");

  @BeforeAll
  static void make() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "bundles of Linux are tested");
    List<Path> classPath = new ArrayList<>(List.of(EmulatedGpu.image(folder)));
    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(part -> TESTS.stream().noneMatch(part::contains))
        .forEach(part -> classPath.add(Path.of(part)));
    Path javaHome = Path.of(System.getProperty("java.home"));
    Path output = folder.resolve("made/lorikeet-bundle");

    made = new Bundle(ROOT, javaHome, classPath, true, text -> {}).make(output, true);

    Path elsewhere = Files.createDirectory(folder.resolve("else where"));
    Process tar =
        new ProcessBuilder("tar", "xzf", Bundle.archiveOf(output).toString())
            .directory(elsewhere.toFile())
            .inheritIO()
            .start();
    assertEquals(0, tar.waitFor());
    unpacked = elsewhere.resolve("lorikeet-bundle");
  }

  @Test
  void itHoldsNativesOfThisPlatformOnlyAndIsSmall() throws Exception {
    assertNotNull(made);
    Set<String> natives = new TreeSet<>();
    try (Stream<Path> jars = Files.list(unpacked.resolve("lib"))) {
      for (Path jar : jars.filter(file -> file.toString().endsWith(".jar")).toList()) {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
          zip.stream().map(ZipEntry::getName).filter(NATIVE).forEach(natives::add);
        }
      }
    }
    String processor = System.getProperty("os.arch").equals("amd64") ? "x86" : "aarch64";
    for (String name : natives) {
      assertTrue(name.contains("linux-" + processor), natives::toString);
    }
    assertEquals(made.nativeKernels(), natives.stream().anyMatch(name -> name.endsWith(OWN)));
    assertTrue(natives.size() >= 2, natives::toString);
    assertTrue(made.archiveBytes().getAsLong() < ARCHIVE_BYTES_MAX, made::toString);
    assertTrue(made.bytes() > made.archiveBytes().getAsLong(), made::toString);
  }

  @Test
  void itServesTheDemoWithoutAnythingElse() throws Exception {
    Process process = start(Map.of(), "serve", "--port", "0", "--device", "cpu");
    try {
      Matcher ready = ready(process, "err.txt");
      assertTrue(ready.group().contains("model=demo"), ready.group());

      ObjectNode request = Client.chat("shout", "What is the capital of France?");
      List<JsonNode> events = new Client(ready.group(1)).events("/v1/chat/completions", request);

      StringBuilder text = new StringBuilder();
      events.forEach(event -> text.append(event.at("/choices/0/delta/content").asText("")));
      assertEquals("THE CAPITAL OF FRANCE IS PARIS.", text.toString());
      assertTrue(events.size() > 2, events.toString());
    } finally {
      process.destroy(); // SIGTERM
    }
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the server did not end");
    assertEquals(SIGTERM_STATUS, process.exitValue());
  }

  @Test
  void itRunsOnAGpuWhereThereIsOne() throws Exception {
    Map<String, String> gpu = EmulatedGpu.environment("mode=lazy");
    Process process =
        start(
            gpu,
            "serve",
            "--port",
            "0",
            "--device",
            "cuda",
            "--model",
            ROOT.resolve("fixtures/models/llama").toString(),
            "--model-name",
            "base");
    try {
      Matcher ready = ready(process, "err.txt");
      assertTrue(ready.group().contains("kernels=cuda-"), ready.group());
    } finally {
      process.destroy();
    }
    assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the server did not end");
  }

  @Test
  void itStartsThroughALink() throws Exception {
    Path link =
        Files.createSymbolicLink(
            folder.resolve("lorikeet"), unpacked.resolve("bin/lorikeet").toAbsolutePath());
    Process process =
        new ProcessBuilder(link.toString(), "--version").redirectErrorStream(true).start();

    String said = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertEquals(0, process.waitFor(), said);
    assertTrue(said.contains("lorikeet "), said);
  }

  @Test
  void anOutputThatIsThereIsLeftAlone() throws Exception {
    Path there = Files.createDirectory(folder.resolve("there"));

    Outcome outcome = Console.run("bundle", "--output", there.toString());

    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().startsWith("lorikeet: bundle_output_exists: "), outcome.err());
    assertTrue(outcome.err().contains(there.toString()), outcome.err());
    try (Stream<Path> files = Files.list(there)) {
      assertEquals(0, files.count());
    }
  }

  private static Process start(Map<String, String> variables, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(unpacked.resolve("bin/lorikeet").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(folder.resolve("err.txt").toFile());
    builder.environment().clear(); // as env -i
    builder.environment().putAll(variables);
    builder.environment().put("PATH", folder.resolve("nothing").toString());
    return builder.start();
  }

  private static Matcher ready(Process process, String log) throws Exception {
    BufferedReader out = process.inputReader(UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      Matcher matcher = READY.matcher(line);
      if (matcher.matches()) {
        return matcher;
      }
    }
    throw new AssertionError("it did not start: " + Files.readString(folder.resolve(log)));
  }
}
