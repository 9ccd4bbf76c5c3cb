package io.lorikeet.benchmarks.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.benchmarks.streams.Served.Load;
import io.lorikeet.benchmarks.streams.StreamClient.Received;
import java.io.IOException;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the benchmark of streams counts is what it says. */
final class StreamServerTest {
  private static final int STREAMS = 3;
  private static final int TOKENS = 40;
  private static final Pattern CONTENT = Pattern.compile("\"content\":\"([^\"]*)\"");

  @ParameterizedTest
  @EnumSource
  void creditOfOneTokenMakesAnEventOfEachToken(Route route) throws IOException {
    Received received = read(route, 1);

    for (EventCount stream : received.streams()) {
      assertTrue(route.isWhole(stream.tail(), TOKENS), stream.tail());
      assertEquals(TOKENS + route.otherEvents, stream.events());
    }
  }

  @Test
  void moreCreditLosesNoToken() throws IOException {
    for (EventCount stream : read(Route.generate, 64).streams()) {
      assertTrue(Route.generate.isWhole(stream.tail(), TOKENS), stream.tail());
    }
  }

  @Test
  void streamsSpellThePhraseOverAndOver() throws IOException {
    for (EventCount stream : read(Route.chat, 64).streams()) {
      String text =
          CONTENT
              .matcher(stream.tail())
              .results()
              .map((MatchResult content) -> content.group(1))
              .collect(Collectors.joining());

      assertTrue(text.length() > 2, stream.tail());
      assertTrue(StreamServer.PHRASE.repeat(TOKENS).contains(text), text);
    }
  }

  private static Received read(Route route, int credit) throws IOException {
    try (StreamServer server =
        StreamServer.start(
            Served.phrase,
            new Load(STREAMS, TOKENS + 64),
            Map.of("requests.stream-credit", credit))) {
      return new StreamClient().read(server.address(), route.path, route.body(TOKENS), STREAMS);
    }
  }
}
