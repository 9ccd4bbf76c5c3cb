package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.schedule.LoopState;
import io.lorikeet.engine.schedule.Pooling;
import io.lorikeet.engine.spi.FaultyExecutor;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.Script;
import io.lorikeet.engine.spi.ScriptedExecutor;
import io.lorikeet.engine.spi.Step;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EmbeddingRequestTest {
  private static final int[] FIRST = {1, 2, 3};
  private static final int[] SECOND = {9, 8, 7, 6, 5};

  private final Engines engines = Engines.scripted();
  private final CompletableFuture<Done> gone = new CompletableFuture<>();
  private final CountDownLatch held = new CountDownLatch(1);
  private Optional<LorikeetEngine> started = Optional.empty();

  @AfterEach
  void stop() throws Exception {
    held.countDown();
    if (started.isPresent()) {
      Engines.stop(started.get());
    }
  }

  private LorikeetEngine start() throws Exception {
    LorikeetEngine engine = engines.start();
    started = Optional.of(engine);
    return engine;
  }

  @Test
  void everyPromptGetsAVectorInTheOrderOfTheRequest() throws Exception {
    EmbeddingResult.Embedded embedded =
        embedded(embed(start(), request(Engines.base(), Pooling.LAST, FIRST, SECOND)));

    assertEquals(Answer.Sum.BASE, embedded.answerer());
    assertEquals(8, embedded.promptTokens());
    assertEquals(2, embedded.vectors().size());
    assertArrayEquals(last(Composition.BASE, FIRST), embedded.vectors().get(0));
    assertArrayEquals(last(Composition.BASE, SECOND), embedded.vectors().get(1));
  }

  @Test
  void adaptersMakeVectorsOfTheirOwn() throws Exception {
    engines.adapters.put("pirate", "arr");
    LorikeetEngine engine = start();

    EmbeddingResult.Embedded embedded =
        embedded(embed(engine, request(Engines.adapter("pirate"), Pooling.MEAN, FIRST)));

    assertEquals(List.of("pirate"), embedded.answerer().names());
    Composition composition = Composition.of(ScriptedSource.generation("arr"));
    List<float[]> states = Script.hiddens(FIRST, composition, 0, Infos.SMALL.hiddenSize());
    float[] vector = embedded.vectors().getFirst();
    for (int i = 0; i < vector.length; i++) {
      int value = i;
      double sum = states.stream().mapToDouble(state -> state[value]).sum();
      assertEquals(sum / 3, vector[i], 1e-6, "value " + i);
    }
    awaitNoLeases(engine);
  }

  @Test
  void anUnknownAdapterIsRefused() throws Exception {
    assertRejected(
        ErrorCode.ADAPTER_NOT_FOUND,
        embed(start(), request(Engines.adapter("nobody"), Pooling.LAST, FIRST)));
  }

  @Test
  void asManyInputsAndTokensAsTheSettingsSayAndNotOneMore() throws Exception {
    engines.with("requests.embedding-inputs-max", 2).with("requests.embedding-tokens-max", 8);
    LorikeetEngine engine = start();

    embedded(embed(engine, request(Engines.base(), Pooling.LAST, FIRST, SECOND)));
    assertRejected(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        embed(engine, request(Engines.base(), Pooling.LAST, FIRST, FIRST, new int[] {1})));
    assertRejected(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        embed(engine, request(Engines.base(), Pooling.LAST, new int[4], SECOND)));
  }

  @Test
  void aPromptMayFillTheContextAndNotBeLonger() throws Exception {
    engines.executors = () -> new ScriptedExecutor(Infos.of("scripted", 1, 300, 64, 4, 8));
    LorikeetEngine engine = start();
    int context = Infos.SMALL.contextMax();

    embedded(embed(engine, request(Engines.base(), Pooling.LAST, new int[context])));
    assertRejected(
        ErrorCode.CONTEXT_LENGTH_EXCEEDED,
        embed(engine, request(Engines.base(), Pooling.LAST, new int[context + 1])));
  }

  @Test
  void theTimeoutIsHeldToItsLimit() throws Exception {
    engines.with("requests.timeout-max", "10s");
    LorikeetEngine engine = start();

    embedded(embed(engine, within(Duration.ofSeconds(10))));
    assertRejected(
        ErrorCode.PARAMETER_OUT_OF_RANGE, embed(engine, within(Duration.ofMillis(10_001))));
  }

  @Test
  void aRequestWithoutATimeoutEndsAtTheLimitOfAll() throws Exception {
    hold();
    engines.with("requests.timeout-max", "50ms");

    assertRejected(
        ErrorCode.DEADLINE_EXCEEDED, embed(start(), request(Engines.base(), Pooling.LAST, FIRST)));
  }

  @Test
  void aClientThatGoesEndsTheSequencesAndTheLeases() throws Exception {
    engines.adapters.put("pirate", "arr");
    CountDownLatch running = hold();
    LorikeetEngine engine = start();
    var result =
        engine.embed(request(Engines.adapter("pirate"), Pooling.MEAN, FIRST, SECOND), gone);
    assertTrue(running.await(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS));

    gone.complete(Done.getInstance());
    awaitNoLeases(engine);
    held.countDown();

    awaitLoop(engine, state -> state.running() + state.waiting() == 0);
    assertRejected(
        ErrorCode.SLOW_CLIENT,
        result.toCompletableFuture().get(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void aClientThatGoesWhileItsAdapterLoadsHoldsNothing() throws Exception {
    engines.adapters.put("pirate", "arr");
    CountDownLatch loading = new CountDownLatch(1);
    engines.adapters.beforeCopy =
        _ -> {
          loading.countDown();
          try {
            assertTrue(held.await(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS));
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    LorikeetEngine engine = start();
    var result = engine.embed(request(Engines.adapter("pirate"), Pooling.MEAN, FIRST), gone);
    assertTrue(loading.await(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS));

    gone.complete(Done.getInstance());

    assertRejected(
        ErrorCode.SLOW_CLIENT,
        result.toCompletableFuture().get(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS));
    held.countDown();
    awaitNoLeases(engine);
  }

  @Test
  void aRowThatFailsFailsTheRequest() throws Exception {
    FaultyExecutor.Faults faults =
        new FaultyExecutor.Faults() {
          @Override
          public Optional<String> row(
              Step step, int row, io.lorikeet.engine.sample.SamplingParams sequence) {
            return step.position[row] == 4 ? Optional.of("not a number") : Optional.empty();
          }
        };
    engines.executors = () -> new FaultyExecutor(new ScriptedExecutor(Infos.SMALL), faults);
    LorikeetEngine engine = start();

    assertRejected(
        ErrorCode.ROW_FAILED, embed(engine, request(Engines.base(), Pooling.LAST, FIRST, SECOND)));
    embedded(embed(engine, request(Engines.base(), Pooling.LAST, FIRST)));
  }

  @Test
  void sequencesCountAgainstTheQueue() throws Exception {
    hold();
    engines.with("schedule.waiting-max", 1);
    LorikeetEngine engine = start();
    int most = 1 + Infos.SMALL.seats();
    engine.embed(request(Engines.base(), Pooling.LAST, copies(most)), gone);

    assertRejected(
        ErrorCode.QUEUE_FULL, embed(engine, request(Engines.base(), Pooling.LAST, FIRST)));
    held.countDown();
    try (var probe = new Probe(engine)) {
      probe.probe.awaitAssert(
          Engines.PATIENCE,
          () -> embedded(embed(engine, request(Engines.base(), Pooling.LAST, copies(most)))));
    }
  }

  @Test
  void tokensAreCounted() throws Exception {
    LorikeetEngine engine = start();
    embedded(embed(engine, request(Engines.base(), Pooling.LAST, FIRST, SECOND)));
    try (var probe = new Probe(engine)) {
      probe.probe.awaitAssert(
          Engines.PATIENCE,
          () -> {
            String scraped = engine.scrape();
            assertTrue(scraped.contains("prompt_tokens"), scraped);
            assertTrue(scraped.lines().anyMatch(EmbeddingRequestTest::countsPromptTokens), scraped);
            return scraped;
          });
    }
  }

  @Test
  void aServerThatStopsRefuses() throws Exception {
    LorikeetEngine engine = start();
    Engines.stop(engine);
    started = Optional.empty();

    assertRejected(
        ErrorCode.SHUTTING_DOWN, embed(engine, request(Engines.base(), Pooling.LAST, FIRST)));
  }

  // Other engines of this process count with it.
  private static boolean countsPromptTokens(String line) {
    return line.startsWith("vllm:prompt_tokens_total")
        && Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)) >= 8;
  }

  /** Steps stand still until the test lets them go; the latch says that one does. */
  private CountDownLatch hold() {
    CountDownLatch running = new CountDownLatch(1);
    engines.executors =
        () ->
            new ScriptedExecutor(
                Infos.SMALL,
                _ -> {
                  running.countDown();
                  try {
                    held.await(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS);
                  } catch (InterruptedException e) {
                    throw new AssertionError(e);
                  }
                  return 1_000_000;
                });
    return running;
  }

  private static int[][] copies(int count) {
    int[][] prompts = new int[count][];
    Arrays.fill(prompts, FIRST);
    return prompts;
  }

  private static float[] last(Composition composition, int[] prompt) {
    return Script.hiddens(prompt, composition, 0, Infos.SMALL.hiddenSize()).getLast();
  }

  private static Embedding request(Target target, Pooling pooling, int[]... prompts) {
    return new Embedding(
        "r",
        "p",
        target,
        Arrays.stream(prompts).<Prompt>map(Prompt.Ids::new).toList(),
        pooling,
        Optional.empty());
  }

  private static Embedding within(Duration timeout) {
    return new Embedding(
        "r",
        "p",
        Engines.base(),
        List.of(new Prompt.Ids(FIRST)),
        Pooling.LAST,
        Optional.of(timeout));
  }

  private EmbeddingResult embed(LorikeetEngine engine, Embedding embedding) throws Exception {
    return engine
        .embed(embedding, gone)
        .toCompletableFuture()
        .get(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static EmbeddingResult.Embedded embedded(EmbeddingResult result) {
    return assertInstanceOf(EmbeddingResult.Embedded.class, result, result::toString);
  }

  private static void assertRejected(ErrorCode code, EmbeddingResult result) {
    assertEquals(
        code, assertInstanceOf(EmbeddingResult.Rejected.class, result, result::toString).code());
  }

  private static void awaitNoLeases(LorikeetEngine engine) throws Exception {
    try (var probe = new Probe(engine)) {
      probe.probe.awaitAssert(
          Engines.PATIENCE,
          () -> {
            var adapters = engine.adapters().toCompletableFuture().join();
            assertTrue(adapters.stream().allMatch(a -> a.leases() == 0), adapters::toString);
            return adapters;
          });
    }
  }

  private static void awaitLoop(LorikeetEngine engine, Predicate<LoopState> holds) {
    try (var probe = new Probe(engine)) {
      probe.probe.awaitAssert(
          Engines.PATIENCE,
          () -> {
            LoopState state = engine.status().toCompletableFuture().join().loop();
            assertTrue(holds.test(state), state::toString);
            return state;
          });
    }
  }

  private static final class Probe implements AutoCloseable {
    final TestProbe<Done> probe;

    Probe(LorikeetEngine engine) {
      probe = TestProbe.create(engine.system());
    }

    @Override
    public void close() {
      probe.stop();
    }
  }
}
