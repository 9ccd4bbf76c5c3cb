package io.lorikeet.actors;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.Terminal;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.DelayedExecutor;
import io.lorikeet.engine.spi.Executor;
import io.lorikeet.engine.spi.FaultyExecutor;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.Script;
import io.lorikeet.engine.spi.ScriptedExecutor;
import io.lorikeet.engine.spi.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything goes wrong at once; every request still has one end, and nothing is held after it. */
class EngineStormTest {
  private static final int REQUESTS = 150;
  private static final Set<ErrorCode> EXPECTED =
      Set.of(
          ErrorCode.ROW_FAILED,
          ErrorCode.SLOW_CLIENT,
          ErrorCode.DEADLINE_EXCEEDED,
          ErrorCode.ADAPTER_RANK_MISMATCH,
          ErrorCode.ADAPTER_LOAD_BUSY,
          ErrorCode.ADAPTER_GENERATION_MISMATCH,
          ErrorCode.ADAPTER_NOT_FOUND,
          ErrorCode.QUEUE_TIMEOUT);

  /** How a reader behaves. */
  private enum Manner {
    READS,
    GOES,
    STANDS_STILL,
    NEVER_COMES
  }

  private record Client(Generation request, Manner manner, int goesAfter) {}

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyRequestEndsOnceAndNothingIsHeldAfterwards(long seed) throws Exception {
    Random random = new Random(seed);
    Engines engines = Engines.scripted();
    engines
        .with("schedule.without-credit", "1s")
        .with("requests.stream-credit", 1 + random.nextInt(12))
        .with("adapters.host-bytes", 100 * (5 + random.nextInt(5)))
        .with("schedule.rebuilds-per-hour", 100);
    Random faults = new Random(seed + 1);
    engines.executors = () -> executor(faults);
    adapters(engines.adapters, new Random(seed + 2));
    LorikeetEngine engine = engines.start();

    AtomicInteger completed = new AtomicInteger();
    List<Future<?>> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < REQUESTS; i++) {
        if (random.nextInt(10) == 0) {
          engines.adapters.put("a" + random.nextInt(8), "content " + i, 100);
        }
        Manner manner = Manner.values()[random.nextInt(10) < 6 ? 0 : 1 + random.nextInt(3)];
        Client client = new Client(request(random, i), manner, random.nextInt(6));
        clients.add(
            threads.submit(() -> {
              serve(engine, client, completed);
              return client;
            }));
      }
    }
    for (Future<?> client : clients) {
      client.get();
    }

    LorikeetEngineTest.awaitIdle(engine);
    assertTrue(completed.get() > 0, "some requests end well");
    Reading after = Reading.start(engine, Engines.request(Engines.base(), 5, 1, 2, 3));
    after.finish();
    Engines.stop(engine);
  }

  private static Executor executor(Random faults) {
    Executor scripted =
        new FaultyExecutor(
            new ScriptedExecutor(Infos.of("scripted", 1, 64, 16, 3, 8)),
            new FaultyExecutor.Faults() {
              @Override
              public Optional<String> step(Step step, List<SamplingParams> sequences) {
                return faults.nextInt(60) == 0 ? Optional.of("a bad step") : Optional.empty();
              }

              @Override
              public Optional<String> lost(Step step) {
                return faults.nextInt(300) == 0 ? Optional.of("unplugged") : Optional.empty();
              }

              @Override
              public Optional<String> row(Step step, int row, SamplingParams sequence) {
                return sequence.seed() % 11 == 10 ? Optional.of("NaN") : Optional.empty();
              }
            });
    return faults.nextBoolean() ? scripted : new DelayedExecutor(scripted, () -> faults.nextInt(3));
  }

  private static void adapters(ScriptedSource source, Random random) {
    for (int i = 0; i < 8; i++) {
      source.put("a" + i, "first " + i, 100);
    }
    source.beforeCopy =
        _ -> {
          if (chance(random, 8)) {
            throw new UncheckedIOException(new IOException("gone for a moment"));
          }
        };
    source.beforeRead =
        name -> {
          if (name.equals("a7")) {
            throw new LorikeetException(ErrorCode.ADAPTER_RANK_MISMATCH, "broken");
          }
        };
  }

  private static boolean chance(Random random, int oneIn) {
    synchronized (random) {
      return random.nextInt(oneIn) == 0;
    }
  }

  private static Generation request(Random random, int number) {
    Target target =
        switch (random.nextInt(4)) {
          case 0 -> Engines.base();
          case 1 -> sum(random);
          default -> Engines.adapter("a" + random.nextInt(9));
        };
    Generation request =
        Engines.request(target, 1 + random.nextInt(40), prompt(random.nextInt(1000), number));
    request = Requests.seed(request, number);
    if (random.nextInt(4) == 0) {
      request = Requests.choices(request, 1 + random.nextInt(4));
    }
    return random.nextInt(12) == 0 ? Requests.within(request, Duration.ofMillis(50)) : request;
  }

  // Of two or three adapters; more than the device has slots for would be refused.
  private static Target sum(Random random) {
    int first = random.nextInt(9);
    List<Target.Part> parts = new ArrayList<>();
    for (int i = 0; i <= 1 + random.nextInt(2); i++) {
      String name = "a" + (first + 3 * i) % 9;
      parts.add(new Target.Part(new Target.Reference.ByName(name), 0.5 - i));
    }
    return new Target.Composed(parts);
  }

  private static int[] prompt(int start, int number) {
    int[] prompt = new int[1 + number % 40];
    Arrays.setAll(prompt, i -> (start + i) % 1000);
    return prompt;
  }

  private static void serve(LorikeetEngine engine, Client client, AtomicInteger completed)
      throws Exception {
    Answer answer = engine.generate(client.request()).toCompletableFuture().get(60, SECONDS);
    if (answer instanceof Answer.Rejected rejected) {
      assertTrue(EXPECTED.contains(rejected.code()), rejected::toString);
      return;
    }
    Answer.Accepted accepted = (Answer.Accepted) answer;
    if (client.manner() == Manner.NEVER_COMES) {
      return;
    }
    Reading reading = Reading.of(engine, accepted);
    int events = 0;
    GenerationEvent event = reading.next();
    while (!(event instanceof Terminal)) {
      events++;
      if (client.manner() != Manner.READS && events > client.goesAfter()) {
        if (client.manner() == Manner.GOES) {
          reading.sink.stop();
          return;
        }
        // It stands still: the next event comes without an acknowledgement, and is the last.
        event = reading.next();
        assertInstanceOf(Failed.class, event);
        break;
      }
      reading.ack();
      event = reading.next();
    }
    check(client.request(), accepted, reading);
    if (event instanceof Completed) {
      completed.incrementAndGet();
    } else {
      Failed failed = (Failed) event;
      assertTrue(EXPECTED.contains(failed.code()), failed::toString);
    }
    reading.sink.expectNoMessage(Duration.ZERO);
  }

  private static Composition composition(Answer.Accepted accepted) {
    Answer.Sum sum = assertInstanceOf(Answer.Sum.class, accepted.answerer());
    return new Composition(
        sum.adapters().stream()
            .map(a -> new Composition.Part(a.generation(), (float) a.weight()))
            .toList());
  }

  /** Whatever was delivered is what this generation says, in order, as far as it goes. */
  private static void check(Generation request, Answer.Accepted accepted, Reading reading) {
    for (int choice = 0; choice < request.choices(); choice++) {
      List<Integer> ids = reading.ids(choice);
      int[] script =
          Script.continuation(
              accepted.prompts().getFirst(),
              ids.size(),
              composition(accepted),
              0,
              Seeds.ofChoice(request.sampling(), choice),
              1000);
      assertEquals(Arrays.stream(script).boxed().toList(), ids);
    }
  }
}
