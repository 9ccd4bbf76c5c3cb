package io.lorikeet.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.spi.Infos;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How long a request waits at most while more are waiting than can run, whoever else comes. {@code
 * -Dlorikeet.soak=true} runs more seeds.
 */
final class FairnessTest {
  private static final long MILLI = 1_000_000;
  private static final int WAITING = 8; // at any time, as long as requests come
  private static final int PRINCIPALS = 3;
  private static final int REQUESTS = 1000;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, Boolean.getBoolean("lorikeet.soak") ? 500 : 12);
  }

  private final LoopFixture world = new LoopFixture();
  private final Map<Long, Long> submitted = new HashMap<>();
  private final Map<Long, Long> started = new HashMap<>();
  private long longestRun;
  private long longestWait;
  private int lookedAt;
  private int ended;
  private long ids;

  /**
   * A principal that nobody was admitted of for {@code passedOver} goes before those that were, and
   * so do the sequences on the same adapters within it. So each principal has a turn at least every
   * {@code passedOver} and one turn of each other principal; those on the same adapters every
   * {@code passedOver} and one turn of all others; and they go by age. Who has no room when its
   * turn comes waits {@code passedOver} and until those that run are done.
   */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void requestStartsWithinItsBoundWhoeverElseComes(long seed) {
    Random random = new Random(seed);
    world.info =
        Infos.of(
            "scripted",
            1,
            40,
            16,
            random.nextBoolean() ? 40 : 2 + random.nextInt(3),
            1 + random.nextInt(3));
    world.passedOver = Duration.ofMillis(5 + random.nextInt(10));
    world.pagesAhead = 1 + random.nextInt(4);
    world.weights = Map.of("p1", 4.0);
    world.start();

    while (ended < REQUESTS) {
      while (ids < REQUESTS && submitted.size() - started.size() < WAITING) {
        submit(random);
      }
      world.step();
      world.now += MILLI;
      answer(random);
      look();
      assertTrue(world.now < REQUESTS * 1000 * MILLI, () -> "seed " + seed + " hangs");
    }

    long patience = world.passedOver.toNanos();
    long turnOfPrincipal = 2 * patience + (PRINCIPALS + 1) * longestRun;
    long bound = WAITING * patience + WAITING * WAITING / 4 * turnOfPrincipal;
    assertTrue(
        longestWait <= bound,
        () ->
            "seed %d: one waited %d ms, at most %d"
                .formatted(seed, longestWait / MILLI, bound / MILLI));
    assertEquals(REQUESTS, started.size());
  }

  @Test
  void streamOfNewAdaptersDoesNotStarveAnExpensiveOne() {
    world.info = Infos.of("scripted", 1, 64, 16, 200, 1);
    world.start().submit(Request.of(1).adapter("dear").promptTokens(500));
    world.step();
    world.allReady();
    world.steps(2);
    world.submit(Request.of(2).adapter("dear"));
    long id = 10;
    while (!world.ended.containsKey(2L)) {
      if (world.loop().state().waiting() < 4) {
        world.submit(Request.of(id).adapter("new" + id++));
      }
      world.step();
      world.allReady();
      world.now += 20 * MILLI;
      assertTrue(world.now < 12 * LoopFixture.SECOND, "never scheduled");
    }
    assertEquals(new EndReason.Length(), world.end(2));
  }

  private void submit(Random random) {
    long id = ++ids;
    Request request =
        Request.of(id)
            .principal("p" + (random.nextInt(10) < 6 ? 0 : random.nextInt(PRINCIPALS)))
            .newTokens(1 + random.nextInt(10));
    int prompt = 1 + random.nextInt(20);
    switch (random.nextInt(6)) {
      case 0 -> {
        request.adapter("dear"); // its flow costs more than others
        prompt = 200;
      }
      case 1, 2 -> request.adapter("new" + id); // each makes a flow of its own
      case 3 -> request.with("a", 1f).with("b", 1 + random.nextInt(3));
      case 4 -> request.with("b", 1f).with("c", 2f);
      default -> {}
    }
    world.submit(request.promptTokens(prompt));
    submitted.put(id, world.now);
  }

  private void answer(Random random) {
    for (String asked : world.paged.toArray(String[]::new)) {
      if (random.nextInt(3) == 0) {
        world.paged.remove(asked);
        world.ready(asked);
      }
    }
  }

  private void start(long id) {
    if (started.putIfAbsent(id, world.now) == null) {
      longestWait = Math.max(longestWait, world.now - submitted.getOrDefault(id, world.now));
    }
  }

  /** Takes note of what began and ended with the last step. */
  private void look() {
    for (; lookedAt < world.ran.size(); lookedAt++) {
      world.ran.get(lookedAt).sequences().forEach(this::start);
    }
    for (; ended < world.endOrder.size(); ended++) {
      long id = world.endOrder.get(ended);
      assertEquals(new EndReason.Length(), world.end(id));
      longestRun = Math.max(longestRun, world.now - started.getOrDefault(id, world.now));
    }
  }
}
