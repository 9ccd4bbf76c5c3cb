package io.lorikeet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.lorikeet.cli.Console.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lorikeet bench} on shapes so small that it is about what it prints, not how fast. */
class BenchTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String TINY =
      "layers=2,hidden=64,intermediate=96,heads=4,kv-heads=2,vocab=128,context=128";

  @Test
  void everySettingIsMeasuredAndPrintedAsJson() throws Exception {
    Outcome outcome =
        bench(
            "--dtype",
            "q8",
            "--streams",
            "3",
            "--adapters",
            "2",
            "--ranks",
            "4,8",
            "--json",
            "--compare",
            "dtype=f32,adapters=0");

    assertEquals(0, outcome.exitCode(), outcome.err());
    List<String> lines = outcome.out().lines().toList();
    assertEquals(2, lines.size(), outcome.out());
    JsonNode q8 = JSON.readTree(lines.getFirst());
    JsonNode f32 = JSON.readTree(lines.getLast());
    assertEquals("f32-kv/int8/q8", q8.get("numerics").textValue());
    assertEquals("f32-kv/exact/f32", f32.get("numerics").textValue());
    assertEquals(
        List.of(4, 8), Stream.of(0, 1).map(q8.get("ranks")::get).map(JsonNode::intValue).toList());
    assertTrue(q8.get("adapter_tax").doubleValue() > -1);
    assertTrue(q8.get("adapter_tax_steps").intValue() > 0);
    assertTrue(!f32.has("adapter_tax"));
    assertEquals(2, q8.get("registered").intValue());
    assertEquals(0, f32.get("registered").intValue());
    for (JsonNode json : List.of(q8, f32)) {
      assertTrue(json.get("tokens_per_second").doubleValue() > 0, json::toString);
      assertTrue(json.get("prefill_tokens_per_second").doubleValue() > 0, json::toString);
      assertTrue(json.get("read_bandwidth_fraction").doubleValue() > 0, json::toString);
      for (String times : List.of("ttft_ms", "itl_ms")) {
        double median = json.get(times).get("p50").doubleValue();
        assertTrue(
            median >= 0 && median <= json.get(times).get("p99").doubleValue(), json::toString);
      }
    }
    // 2 layers of q, o [64, 64], k, v [32, 64] and three [96, 64], one head [128, 64], 4 bytes
    // each,
    // and a KV cache of 3 streams at 8 + 6 / 2 tokens
    double weights = 4 * (2 * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 96 * 64) + 128 * 64);
    assertEquals(weights + 3 * 11 * 2 * 2 * 32 * 4, f32.get("step_bytes").doubleValue());
  }

  @Test
  void oneSettingIsPrintedAsText() {
    Outcome outcome = bench("--dtype", "bf16");

    assertEquals(0, outcome.exitCode(), outcome.err());
    for (String part : List.of("exact/bf16", "decode ", "prefill ", "TTFT p50", "ITL p50")) {
      assertTrue(outcome.out().contains(part), outcome.out());
    }
  }

  @Test
  void numericsAreThoseThatWereAskedFor() {
    Outcome outcome = bench("--dtype", "q4", "--compare", "numerics=exact");

    assertEquals(0, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().contains("f32-kv/int8/q4"), outcome.out());
    assertTrue(outcome.out().contains("f32-kv/exact/q4"), outcome.out());
  }

  @Test
  void streamsOfTheBaseRunBesideLoadedAndRegisteredAdapters() throws Exception {
    Outcome outcome =
        bench(
            "--adapters",
            "3",
            "--registered",
            "20",
            "--distribution",
            "none",
            "--json",
            "--compare",
            "adapters=0");

    assertEquals(0, outcome.exitCode(), outcome.err());
    List<String> lines = outcome.out().lines().toList();
    JsonNode among = JSON.readTree(lines.getFirst());
    JsonNode alone = JSON.readTree(lines.getLast());
    assertEquals(3, among.get("adapters").intValue());
    assertEquals(20, among.get("registered").intValue());
    assertEquals("none", among.get("distribution").textValue());
    assertTrue(!among.has("adapter_tax"));
    assertEquals(alone.get("step_bytes"), among.get("step_bytes"));
  }

  @Test
  void adaptersComeWhileTheBaseDecodes() throws Exception {
    Outcome outcome = bench("--page-in", "--streams", "2", "--ranks", "4", "--json");

    assertEquals(0, outcome.exitCode(), outcome.err());
    JsonNode json = JSON.readTree(outcome.out());
    assertEquals(4, json.path("rank").intValue(), json::toString);
    assertTrue(json.path("adapter_bytes").longValue() > 0, json::toString);
    for (String part : List.of("alone", "resident", "paged")) {
      double median = json.path(part).path("itl_ms_p50").doubleValue();
      assertTrue(median >= 0 && median <= json.path(part).path("itl_ms_p99").doubleValue());
      assertTrue(part.equals("alone") || json.path(part).path("requests").intValue() >= 2);
    }
  }

  @Test
  void theTableHasStreamsAndAdaptersOfItsOwn() {
    for (String option : List.of("--table", "--page-in")) {
      Outcome outcome = bench(option, "--adapters", "2");

      assertEquals(2, outcome.exitCode());
      assertTrue(outcome.err().contains("`" + option + "` has streams and"), outcome.err());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--dtype, int3, `--dtype` must be one of",
    "--shape, gpt-9, `--shape` must be one of",
    "--streams, 0, `--streams` must be >= 1",
    "--prompt, 200, `--prompt` must be >= 1 and <= 126",
    "--distribution, odd, `--distribution` must be",
    "--numerics, fast, `engine.numerics` must be",
    "--numerics, int8, `engine.numerics` int8 needs",
    "--compare, speed=2, `--compare` changes dtype",
    "--rounds, 0, `--rounds` must be >= 1",
    "--ranks, 0, `--ranks` must be >= 1",
    "--registered, 100001, `--registered` must be >= 0 and <= 100000",
  })
  void wrongValuesAreRefused(String option, String value, String message) {
    Outcome outcome = bench(option, value);

    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains(message), outcome.err());
  }

  private static Outcome bench(String... options) {
    List<String> line =
        new ArrayList<>(
            List.of("bench", "--prompt", "8", "--new", "6", "--rounds", "2", "--threads", "1"));
    if (!Arrays.asList(options).contains("--shape")) {
      line.addAll(List.of("--shape", TINY));
    }
    for (int i = 0; i < options.length; i++) {
      int known = line.indexOf(options[i]);
      if (known > 0 && options[i].startsWith("--") && !options[i].equals("--json")) {
        line.set(known + 1, options[++i]);
      } else {
        line.add(options[i]);
      }
    }
    return Console.run(line.toArray(String[]::new));
  }
}
