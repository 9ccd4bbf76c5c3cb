package io.lorikeet.cli.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.cli.fuzz.Catalogue.Base;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever clients send, the server answers or closes, says nothing of it in its log, and holds
 * nothing afterwards. More with {@code -Dlorikeet.soak=true}, one round again with {@code
 * -Dlorikeet.seed=N}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpFuzzTest {
  private static final boolean SOAK = Boolean.getBoolean("lorikeet.soak");
  private static final int AT_ONCE = 32;
  private static final int SHOWN_MAX = 12;

  private FuzzServer server;

  @BeforeAll
  void start() {
    server = FuzzServer.start();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  static List<Base> bases() {
    return Catalogue.ALL;
  }

  @ParameterizedTest
  @MethodSource("bases")
  void theRequestsThatAreChangedAreGood(Base base) throws Exception {
    Wire wire = GoodRequests.of(base);

    WireClient.Heard heard = WireClient.play(server.address(), wire);

    assertEquals(
        List.of(200),
        Rules.check(wire, heard),
        () -> new String(heard.bytes(), StandardCharsets.UTF_8));
  }

  @Test
  void changedBodiesAreAnsweredOrRefused() throws Exception {
    run(400, BodyFuzz::wire, Rules::check);
  }

  @Test
  void brokenFramingIsRefusedOrClosed() throws Exception {
    run(400, WireFuzz::wire, Rules::check);
  }

  @Test
  void brokenSocketsAreToldOrClosed() throws Exception {
    Map<String, Integer> said = run(200, SocketFuzz::wire, SocketRules::check);

    assertTrue(
        Long.getLong("lorikeet.seed") != null
            || (said.containsKey("response.incomplete") && said.containsKey("error 400")),
        said::toString);
  }

  /**
   * Runs all seeds, many at once.
   *
   * @param rules what was heard; throws where the server misbehaved
   * @return how often each was heard
   */
  private Map<String, Integer> run(
      int seeds, Function<Random, Wire> wires, BiFunction<Wire, WireClient.Heard, List<?>> rules)
      throws Exception {
    Long only = Long.getLong("lorikeet.seed");
    long first = only == null ? 1 : only;
    long last = only == null ? (SOAK ? 10_000 : seeds) : only;
    for (Base base : Catalogue.ALL) { // everything that is made once and kept is there now
      WireClient.play(server.address(), GoodRequests.of(base));
    }
    Counts before = Counts.of(server.engine);
    List<String> failures = new ArrayList<>();
    Map<String, Integer> statuses = new TreeMap<>();
    try (LogWatch log = LogWatch.begin();
        ExecutorService clients =
            Executors.newFixedThreadPool(
                AT_ONCE, Thread.ofPlatform().name("fuzz client").factory())) {
      List<Future<List<?>>> rounds = new ArrayList<>();
      for (long seed = first; seed <= last; seed++) {
        long chosen = seed;
        rounds.add(clients.submit(() -> round(chosen, wires, rules)));
      }
      for (int i = 0; i < rounds.size(); i++) {
        try {
          List<?> heard = rounds.get(i).get();
          (heard.isEmpty() ? List.of("closed") : heard)
              .forEach(status -> statuses.merge(status.toString(), 1, Integer::sum));
        } catch (ExecutionException e) {
          String what = wire(first + i, wires).what();
          failures.add("seed %d (%s): %s".formatted(first + i, what, e.getCause()));
        }
      }
      String left = Counts.difference(server.engine, before);
      if (!left.isEmpty()) {
        failures.add("afterwards: " + left);
      }
      log.bad().forEach(line -> failures.add("the log says: " + line));
    }
    System.out.printf("%d rounds: %s%n", last - first + 1, statuses);
    assertTrue(
        failures.isEmpty(),
        () ->
            failures.size()
                + " failures:\n"
                + String.join("\n", failures.subList(0, Math.min(SHOWN_MAX, failures.size()))));
    return statuses;
  }

  private List<?> round(
      long seed, Function<Random, Wire> wires, BiFunction<Wire, WireClient.Heard, List<?>> rules)
      throws IOException {
    Wire wire = wire(seed, wires);
    return rules.apply(wire, WireClient.play(server.address(), wire));
  }

  private static Wire wire(long seed, Function<Random, Wire> wires) {
    return wires.apply(new Random(seed * 0x9E3779B97F4A7C15L));
  }
}
