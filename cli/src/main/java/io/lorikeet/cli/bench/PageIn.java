package io.lorikeet.cli.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.cli.bench.BenchEngine.Visited;
import io.lorikeet.engine.spi.DeviceSpeed;
import io.lorikeet.engine.spi.ExecutorProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What streams of the base notice while adapters come to the device: gaps between their tokens
 * alone, beside requests for an adapter that is there, and beside requests of which each needs
 * another one than the last, with one slot for all. The second and the third differ in the coming
 * alone; all three are run in turns.
 *
 * @param alone rounds without other requests
 * @param resident rounds beside requests for one adapter
 * @param paged rounds beside requests for adapters in turns
 * @param adapterBytes of one adapter's file
 * @param device where it isn't this machine's processors
 */
public record PageIn(
    Setting setting,
    List<Round> alone,
    List<Visited> resident,
    List<Visited> paged,
    long adapterBytes,
    Optional<DeviceSpeed> device) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int ADAPTERS = 3;
  private static final int WARM_UP = 1;
  private static final double NANOS_PER_MILLI = 1e6;

  public PageIn {
    alone = List.copyOf(alone);
    resident = List.copyOf(resident);
    paged = List.copyOf(paged);
  }

  /** Measures it. */
  public static PageIn measure(Setting base, ExecutorProvider provider, int rounds) {
    Setting setting = base.with("adapters=" + ADAPTERS).ofRank(base.ranks().getFirst());
    List<Round> alone = new ArrayList<>();
    List<Visited> resident = new ArrayList<>();
    List<Visited> paged = new ArrayList<>();
    Optional<DeviceSpeed> speed = provider.speed();
    try (BenchEngine engine = BenchEngine.open(setting, provider, 1)) {
      engine.loadAdapters();
      for (int round = -WARM_UP; round < rounds; round++) {
        Round one = engine.run(false, round);
        Visited two = engine.runVisited(visit -> 0);
        Visited three = engine.runVisited(visit -> 1 + visit % (ADAPTERS - 1));
        if (round >= 0) {
          alone.add(one);
          resident.add(two);
          paged.add(three);
        }
      }
      return new PageIn(setting, alone, resident, paged, engine.adapterBytes(), speed);
    }
  }

  /** A few lines. */
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add(setting.text());
    lines.add("  ITL alone " + itl(alone));
    lines.add(
        "  beside requests for an adapter that is there %s, %d requests"
            .formatted(itl(rounds(resident)), visits(resident)));
    lines.add(
        "  beside requests whose adapter of %s MB comes %s, %d requests"
            .formatted(
                BenchReport.number(1, adapterBytes / 1e6), itl(rounds(paged)), visits(paged)));
    device.ifPresent(speed -> lines.addAll(DeviceReport.lines(speed)));
    return String.join("\n", lines) + "\n";
  }

  /** One object. */
  public ObjectNode json() {
    ObjectNode json =
        JSON.createObjectNode()
            .put("shape", setting.shape().name())
            .put("dtype", setting.dtype())
            .put("streams", setting.streams())
            .put("rank", setting.ranks().getFirst())
            .put("adapter_bytes", adapterBytes);
    put(json.putObject("alone"), alone);
    put(json.putObject("resident").put("requests", visits(resident)), rounds(resident));
    put(json.putObject("paged").put("requests", visits(paged)), rounds(paged));
    device.ifPresent(speed -> DeviceReport.put(json.putObject("device"), speed));
    return json;
  }

  private static void put(ObjectNode json, List<Round> rounds) {
    json.put("itl_ms_p50", millis(rounds, 0.5)).put("itl_ms_p99", millis(rounds, 0.99));
  }

  private static String itl(List<Round> rounds) {
    return "p50 %s ms, p99 %s ms"
        .formatted(
            BenchReport.number(2, millis(rounds, 0.5)),
            BenchReport.number(2, millis(rounds, 0.99)));
  }

  private static double millis(List<Round> rounds, double quantile) {
    double[] all =
        rounds.stream().flatMapToDouble(round -> Arrays.stream(round.itlNanos())).toArray();
    return Measurement.quantile(all, quantile) / NANOS_PER_MILLI;
  }

  private static List<Round> rounds(List<Visited> visited) {
    return visited.stream().map(Visited::round).toList();
  }

  private static int visits(List<Visited> visited) {
    return visited.stream().mapToInt(Visited::visits).sum();
  }
}
