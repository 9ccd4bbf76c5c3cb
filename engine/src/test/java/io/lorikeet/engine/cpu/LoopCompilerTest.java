package io.lorikeet.engine.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Interpreter and compilers give the same bits: child processes repeat a small workload. */
final class LoopCompilerTest {
  private static final String ROOT = System.getProperty("lorikeet.root");

  @ParameterizedTest
  @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1"})
  void bitsAreThoseOfThisProcess(String flag) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process child =
        new ProcessBuilder(
                List.of(
                    java,
                    "@" + Path.of(ROOT, ".mvn", "java.args"),
                    flag,
                    "-Dlorikeet.root=" + ROOT,
                    "-cp",
                    System.getProperty("java.class.path"),
                    LoopDigest.class.getName()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String printed = new String(child.getInputStream().readAllBytes(), UTF_8).strip();

    assertEquals(0, child.waitFor());
    assertEquals(LoopDigest.digest(), printed);
  }
}
