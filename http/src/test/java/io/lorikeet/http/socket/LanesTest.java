package io.lorikeet.http.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.config.SocketSettings;
import io.lorikeet.http.socket.ClientEvent.Cancel;
import io.lorikeet.http.socket.ClientEvent.Create;
import io.lorikeet.http.socket.Lanes.Decision.Refuse;
import io.lorikeet.http.socket.Lanes.Decision.Start;
import io.lorikeet.http.socket.Lanes.Decision.Wait;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LanesTest {
  private static final Optional<String> UNNAMED = Optional.empty();
  private static final Optional<String> A = Optional.of("a");
  private static final Optional<String> B = Optional.of("b");

  private final Lanes lanes = new Lanes(settings(2, 3, 100));

  @Test
  void lanesRunSideBySideAndTheOneWithoutANameIsOneOfThem() {
    assertInstanceOf(Start.class, lanes.create(create(UNNAMED, 1)));
    assertInstanceOf(Start.class, lanes.create(create(A, 1)));

    Refuse third = assertInstanceOf(Refuse.class, lanes.create(create(B, 1)));

    assertEquals("websocket_stream_limit_reached", third.problem().code());
    assertEquals(Optional.of("stream_id"), third.problem().about());
  }

  @Test
  void aLaneThatHasEndedMakesRoomForAnother() {
    lanes.create(create(UNNAMED, 1));
    lanes.create(create(A, 1));

    assertEquals(Optional.empty(), lanes.ended(A));

    assertInstanceOf(Start.class, lanes.create(create(B, 1)));
  }

  @Test
  void aLaneRunsOneAfterTheOtherInTheirOrder() {
    lanes.create(create(A, 1));
    Create second = create(A, 2);
    Create third = create(A, 3);
    assertInstanceOf(Wait.class, lanes.create(second));
    assertInstanceOf(Wait.class, lanes.create(third));

    assertEquals(second, lanes.ended(A).orElseThrow().create());
    assertEquals(third, lanes.ended(A).orElseThrow().create());
    assertEquals(Optional.empty(), lanes.ended(A));
    assertTrue(lanes.quiet());
    assertEquals(3, lanes.started());
  }

  @Test
  void aLaneHoldsSoManyAndNotOneMore() {
    lanes.create(create(A, 1));
    for (int i = 0; i < 3; i++) {
      assertInstanceOf(Wait.class, lanes.create(create(A, 1)));
    }

    Refuse fourth = assertInstanceOf(Refuse.class, lanes.create(create(A, 1)));

    assertEquals(429, fourth.problem().status());
    lanes.ended(A);
    assertInstanceOf(Wait.class, lanes.create(create(A, 1)));
  }

  @Test
  void whatWaitsInAllLanesHasSoManyBytesAndNotOneMore() {
    lanes.create(create(A, 1000));
    lanes.create(create(B, 1000));
    assertInstanceOf(Wait.class, lanes.create(create(A, 60)));
    assertInstanceOf(Refuse.class, lanes.create(create(B, 41)));
    assertInstanceOf(Wait.class, lanes.create(create(B, 40)));
    assertInstanceOf(Refuse.class, lanes.create(create(B, 1)));

    lanes.ended(A);

    assertInstanceOf(Wait.class, lanes.create(create(B, 60)));
  }

  @Test
  void aCancelMeansWhatRunsInItsLane() {
    Start first = assertInstanceOf(Start.class, lanes.create(create(A, 1)));
    lanes.create(create(A, 1));
    lanes.create(create(UNNAMED, 1));

    assertEquals(Optional.of(first.run()), lanes.meant(new Cancel(A, Optional.empty())));
    assertEquals(Optional.empty(), lanes.meant(new Cancel(B, Optional.empty())));

    Start second = lanes.ended(A).orElseThrow();

    assertEquals(Optional.of(second.run()), lanes.meant(new Cancel(A, Optional.empty())));
  }

  @Test
  void aCancelWithAResponseMeansItWhateverItsLane() {
    Start first = assertInstanceOf(Start.class, lanes.create(create(A, 1)));
    lanes.create(create(A, 1));
    Cancel cancel = new Cancel(B, Optional.of("resp_1"));
    assertEquals(Optional.empty(), lanes.meant(cancel));

    lanes.named(A, "resp_1");

    assertEquals(Optional.of(first.run()), lanes.meant(cancel));
    lanes.ended(A);
    assertEquals(Optional.empty(), lanes.meant(cancel), "it has ended");
  }

  // Against a model: a queue per lane.
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4})
  void nothingIsLostSwappedOrRunTwice(long seed) {
    Random random = new Random(seed);
    Lanes many = new Lanes(settings(4, 5, 1_000_000));
    Map<Optional<String>, Deque<Create>> model = new HashMap<>();
    for (int step = 0; step < 5000; step++) {
      String at = "seed " + seed + ", step " + step;
      Optional<String> lane =
          Optional.of("lane" + random.nextInt(6)).filter(_ -> random.nextInt(7) > 0);
      Deque<Create> queue = model.get(lane);
      if (random.nextBoolean()) {
        Create create = create(lane, 1 + random.nextInt(9));
        Lanes.Decision decision = many.create(create);
        if (queue == null && model.size() < 4) {
          assertEquals(create, assertInstanceOf(Start.class, decision, at).create(), at);
          model.put(lane, new ArrayDeque<>());
        } else if (queue != null && queue.size() < 5) {
          assertInstanceOf(Wait.class, decision, at);
          queue.add(create);
        } else {
          assertInstanceOf(Refuse.class, decision, at);
        }
      } else if (queue != null) {
        assertEquals(Optional.ofNullable(queue.poll()), many.ended(lane).map(Start::create), at);
        if (queue.isEmpty() && many.meant(new Cancel(lane, Optional.empty())).isEmpty()) {
          model.remove(lane);
        }
      }
      assertEquals(model.isEmpty(), many.quiet(), at);
    }
    assertFalse(many.started() == 0);
  }

  private static Create create(Optional<String> lane, int bytes) {
    return new Create(lane, JsonNodeFactory.instance.objectNode().put("bytes", bytes), bytes);
  }

  private static SocketSettings settings(int lanes, int queued, long bytes) {
    SocketSettings defaults = SettingsReader.defaults().socket();
    return new SocketSettings(
        lanes,
        queued,
        bytes,
        defaults.messageBytesMax(),
        defaults.idle(),
        defaults.ping(),
        defaults.pongWait(),
        defaults.closeWait(),
        defaults.principalMax());
  }
}
