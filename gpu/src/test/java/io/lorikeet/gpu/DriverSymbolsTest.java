package io.lorikeet.gpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every function that JCuda's library imports is there, so that none ends the process. */
final class DriverSymbolsTest {
  @TempDir Path folder;

  @Test
  void everyFunctionThatJCudaImportsIsThere() throws Exception {
    FakeDriver driver = FakeDriver.open();
    Path library = folder.resolve("jcuda.so");
    try (InputStream natives =
        JCudaDriver.class.getResourceAsStream("/lib/libJCudaDriver-12.6.0-linux-x86_64.so")) {
      Files.copy(requireNonNull(natives), library);
    }

    Set<String> missing = imports(library);
    assertTrue(missing.size() > 300, missing::toString);
    missing.removeIf(driver::has);

    assertEquals(Set.of(), missing);
  }

  private static Set<String> imports(Path library) throws IOException {
    Process nm;
    try {
      nm = new ProcessBuilder("nm", "-D", "--undefined-only", library.toString()).start();
    } catch (IOException e) {
      assumeTrue(false, "no nm to read imports with");
      throw e;
    }
    Set<String> names = new TreeSet<>();
    new String(nm.getInputStream().readAllBytes(), UTF_8)
        .lines()
        .map(line -> line.replaceFirst(".*\\s", ""))
        .filter(name -> name.matches("cu[A-Z].*"))
        .forEach(names::add);
    return names;
  }
}
