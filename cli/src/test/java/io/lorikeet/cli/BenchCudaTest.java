package io.lorikeet.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lorikeet bench --device cuda} on an emulated GPU: what it says, not how fast. */
final class BenchCudaTest {
  @TempDir Path folder;

  @Test
  void theDemosShapeRunsOnTheGpuAndIsMarkedAsEmulated() throws Exception {
    JsonNode json = bench("--shape", "demo", "--streams", "2", "--adapters", "2", "--ranks", "4,8");

    assertTrue(json.path("kernels").asText().startsWith("cuda-"), json::toString);
    assertTrue(json.path("tokens_per_second").doubleValue() > 0, json::toString);
    assertTrue(json.path("prefill_tokens_per_second").doubleValue() > 0, json::toString);
    assertTrue(json.has("adapter_tax"), json::toString);
    JsonNode device = json.path("device");
    assertTrue(device.path("name").asText().startsWith("emulated sm_"), json::toString);
    assertTrue(device.path("emulated").booleanValue(), json::toString);
    assertEquals(
        json.path("tokens_per_second").doubleValue() / 2 * json.path("step_bytes").doubleValue(),
        json.path("read_bandwidth_fraction").doubleValue()
            * device.path("read_bytes_per_second").doubleValue(),
        1e-6
            * json.path("step_bytes").doubleValue()
            * json.path("tokens_per_second").doubleValue());
  }

  @Test
  void adaptersComeToTheGpuWhileTheBaseDecodes() throws Exception {
    String shape = "layers=2,hidden=64,intermediate=96,heads=4,kv-heads=2,vocab=128,context=128";
    JsonNode json = bench("--shape", shape, "--page-in", "--ranks", "4");

    assertTrue(json.path("paged").path("requests").intValue() > 0, json::toString);
    assertTrue(json.path("paged").path("itl_ms_p99").doubleValue() > 0, json::toString);
    assertTrue(json.path("device").path("emulated").booleanValue(), json::toString);
  }

  private JsonNode bench(String... options) throws Exception {
    List<String> command = new ArrayList<>(EmulatedGpu.lorikeet(folder));
    command.addAll(List.of("bench", "--device", "cuda", "--json", "--prompt", "4", "--new", "4"));
    command.addAll(List.of("--rounds", "1"));
    command.addAll(List.of(options));
    Path log = folder.resolve("err.txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().putAll(EmulatedGpu.environment("mode=lazy"));
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), out + Files.readString(log));
    return Client.JSON.readTree(out);
  }
}
