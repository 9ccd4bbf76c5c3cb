package io.lorikeet.benchmarks.streams;

import io.lorikeet.benchmarks.streams.Served.Load;
import io.lorikeet.benchmarks.streams.StreamClient.Received;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints tokens a second of streams over HTTP. See docs/benchmarks.md. */
@Command(name = "streams", mixinStandardHelpOptions = true, sortOptions = false)
final class Main implements Callable<Integer> {
  private static final int PROMPT_MAX = 64; // tokens of a request's prompt

  @Option(names = "--route", description = "chat, completions or generate; ${DEFAULT-VALUE}")
  private Route route = Route.chat;

  @Option(
      names = "--serve",
      description = "phrase computes nothing, demo and tinyllama run on the CPU; ${DEFAULT-VALUE}")
  private Served served = Served.phrase;

  @Option(
      names = "--set",
      description = "a setting of the server, such as engine.weights=q8; may be repeated")
  private Map<String, String> settings = new HashMap<>();

  @Option(names = "--streams", description = "at once; ${DEFAULT-VALUE}")
  private int streams = 64;

  @Option(names = "--tokens", description = "of a stream; ${DEFAULT-VALUE}")
  private int tokens = 4000;

  @Option(
      names = "--credit",
      description =
          "tokens of a stream that its client has not taken yet, 1: one event for each token;"
              + " ${DEFAULT-VALUE}")
  private int credit = 64;

  @Option(names = "--warm-ups", description = "rounds before; ${DEFAULT-VALUE}")
  private int warmUps = 5;

  @Option(names = "--rounds", description = "${DEFAULT-VALUE}")
  private int rounds = 7;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Main()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    double[] rates = new double[rounds];
    settings.put("requests.stream-credit", Integer.toString(credit));
    try (StreamServer server =
        StreamServer.start(served, new Load(streams, tokens + PROMPT_MAX), settings)) {
      for (int round = -warmUps; round < rounds; round++) {
        Received received = read(server);
        double rate = 1e9 * streams * tokens / received.nanos();
        System.out.printf(
            "%s%,.0f tokens/s, %.2f tokens an event, %.0f bytes a token%n",
            round < 0 ? "warm-up: " : "",
            rate,
            (double) streams * tokens / (received.events() - (long) streams * route.otherEvents),
            (double) received.bytes() / streams / tokens);
        if (round >= 0) {
          rates[round] = rate;
        }
      }
    }
    Arrays.sort(rates);
    System.out.printf(
        "%s, %s, %d streams, credit %d: %,.0f tokens/s, median of %d (%,.0f to %,.0f)%n",
        served, route, streams, credit, rates[rounds / 2], rounds, rates[0], rates[rounds - 1]);
    return 0;
  }

  private Received read(StreamServer server) throws IOException {
    Received received =
        new StreamClient().read(server.address(), route.path, route.body(tokens), streams);
    for (EventCount stream : received.streams()) {
      if (!route.isWhole(stream.tail(), tokens)) {
        throw new IllegalStateException("a stream did not end as it must: " + stream.tail());
      }
    }
    return received;
  }
}
