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
  private final Map<Long, String> flows = new HashMap<>(); // principal and adapters
  private final Map<Long, Integer> ahead = new HashMap<>(); // waiting in the same flow before it
  private long longestRun;
  private int lookedAt;
  private int ended;
  private long ids;
  private long dear;

  /**
   * A principal that nobody was admitted of for {@code passedOver} goes before those that were: so
   * it has a turn every {@code passedOver} and one run of each principal. Within it, so do those on
   * the same adapters: they have a turn every {@code passedOver} and one turn of all others that
   * wait. Among them the oldest is next.
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
            seed % 2 == 0 ? 40 : 2 + random.nextInt(3),
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
    long turnOfPrincipal = patience + PRINCIPALS * longestRun;
    long turn = patience + WAITING * turnOfPrincipal;
    started.forEach((id, at) -> {
      long waited = at - submitted.getOrDefault(id, 0L);
      long bound = turn * (1 + ahead.getOrDefault(id, 0));
      assertTrue(
          waited <= bound,
          () ->
              "seed %d: request %d waited %d ms, at most %d"
                  .formatted(seed, id, waited / MILLI, bound / MILLI));
    });
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
    if (id == 1 || started.containsKey(dear)) {
      dear = id; // one at a time, of a flow that costs more than others
      submit(Request.of(id).principal("p0").adapter("dear").promptTokens(200).build());
      return;
    }
    Request request =
        Request.of(id)
            .principal("p" + (random.nextInt(10) < 6 ? 0 : random.nextInt(PRINCIPALS)))
            .newTokens(1 + random.nextInt(10));
    switch (random.nextInt(6)) {
      case 0, 1, 2 -> request.adapter("new" + id); // each makes a flow of its own
      case 3 -> request.with("a", 1f).with("b", 1 + random.nextInt(3));
      case 4 -> request.with("b", 1f).with("c", 2f);
      default -> {}
    }
    submit(request.promptTokens(1 + random.nextInt(20)).build());
  }

  private void submit(SequenceRequest request) {
    String flow = request.principal() + request.composition().adapters();
    int before = 0;
    for (long other : submitted.keySet()) {
      boolean waits = !started.containsKey(other);
      before += waits && flow.equals(flows.get(other)) ? 1 : 0;
    }
    flows.put(request.id(), flow);
    ahead.put(request.id(), before);
    submitted.put(request.id(), world.now);
    world.loop().submit(request, world.now);
  }

  private void answer(Random random) {
    for (String asked : world.paged.toArray(String[]::new)) {
      if (random.nextInt(3) == 0) {
        world.paged.remove(asked);
        world.ready(asked);
      }
    }
  }

  /** Takes note of what began and ended with the last step. */
  private void look() {
    for (; lookedAt < world.ran.size(); lookedAt++) {
      world.ran.get(lookedAt).sequences().forEach(id -> started.putIfAbsent(id, world.now));
    }
    for (; ended < world.endOrder.size(); ended++) {
      long id = world.endOrder.get(ended);
      assertEquals(new EndReason.Length(), world.end(id));
      longestRun = Math.max(longestRun, world.now - started.getOrDefault(id, world.now));
    }
  }
}
