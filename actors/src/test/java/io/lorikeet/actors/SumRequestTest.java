package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.Engine.NumberedAdapter;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.Target.Part;
import io.lorikeet.actors.Target.Reference;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Script;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that several adapters answer together: several leases that live and die with them. */
class SumRequestTest {
  private static final int[] PROMPT = {1, 2, 3};

  private final Engines engines = Engines.scripted();
  private Optional<LorikeetEngine> started = Optional.empty();

  @BeforeEach
  void adapters() {
    engines.adapters.put("pirate", "v1").put("poet", "v2").put("brief", "v3");
  }

  @AfterEach
  void stop() throws Exception {
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
  void theSumAnswersWhateverOrderItsPartsHave() throws Exception {
    LorikeetEngine engine = start();

    Reading one = Reading.start(engine, request(part("pirate", 0.5), part("poet", -2)));
    Reading other = Reading.start(engine, request(part("poet", -2), part("pirate", 0.5)));

    assertEquals(new Completed(3, 10), one.finish());
    assertEquals(new Completed(3, 10), other.finish());
    List<Integer> expected = script(sum("v1", 0.5f, "v2", -2f));
    assertEquals(expected, one.ids(0));
    assertEquals(expected, other.ids(0));
    assertEquals(
        new Answer.Sum(
            List.of(
                new Answer.Adapter("poet", -2, ScriptedSource.generation("v2")),
                new Answer.Adapter("pirate", 0.5, ScriptedSource.generation("v1")))),
        other.accepted.answerer());
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void everyChoiceRunsWithTheSum() throws Exception {
    LorikeetEngine engine = start();

    Reading reading =
        Reading.start(engine, Requests.choices(request(part("pirate", 0.5), part("poet", -2)), 2));

    assertEquals(new Completed(3, 20), reading.finish());
    assertEquals(script(sum("v1", 0.5f, "v2", -2f)), reading.ids(0));
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void noPartIsTheBaseAndOneOfWeightOneIsTheAdapter() throws Exception {
    LorikeetEngine engine = start();

    Reading none = Reading.start(engine, request());
    Reading single = Reading.start(engine, request(part("pirate", 1)));

    none.finish();
    single.finish();
    assertEquals(script(Composition.BASE), none.ids(0));
    assertEquals(script(Composition.of(ScriptedSource.generation("v1"))), single.ids(0));
  }

  @Test
  void aPartThatFailsToLoadRefusesTheRequestInItsNameAndFreesTheOthers() throws Exception {
    engines.adapters.put("broken", "v9");
    engines.adapters.beforeRead =
        name -> {
          if (name.equals("broken")) {
            throw new LorikeetException(ErrorCode.ADAPTER_RANK_MISMATCH, "ranks differ");
          }
        };
    LorikeetEngine engine = start();

    Answer.Rejected refused =
        assertInstanceOf(
            Answer.Rejected.class,
            Reading.answer(engine, request(part("pirate", 1), part("broken", 1), part("poet", 1))));

    assertEquals(ErrorCode.ADAPTER_RANK_MISMATCH, refused.code());
    assertEquals("adapter `broken`: ranks differ", refused.message());
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void severalPartsThatFailAreOneRefusal() throws Exception {
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_NOT_FOUND,
        Reading.answer(engine, request(part("x", 1), part("pirate", 1), part("y", 1))));

    Reading after = Reading.start(engine, request(part("pirate", 1), part("poet", 1)));
    assertEquals(new Completed(3, 10), after.finish());
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void aPartThatThePrincipalMayNotUseRefusesTheRequest() throws Exception {
    engines.rights = (principal, name) -> !name.equals("poet");
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_FORBIDDEN,
        Reading.answer(engine, request(part("pirate", 1), part("poet", 1))));
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void aPartThatOnlyWorksAloneRefusesTheRequest() throws Exception {
    engines.adapters.alone("poet");
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_NOT_COMPOSABLE,
        Reading.answer(engine, request(part("pirate", 1), part("poet", 1))));
    Reading.assertRejected(
        ErrorCode.ADAPTER_NOT_COMPOSABLE, Reading.answer(engine, request(part("poet", 0.5))));
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void aClientThatLeavesWhileItsPartsLoadHoldsNothing() throws Exception {
    CountDownLatch slow = new CountDownLatch(1);
    engines.adapters.beforeRead =
        name -> {
          if (name.equals("poet")) {
            awaitUninterruptibly(slow);
          }
        };
    LorikeetEngine engine = start();
    CompletableFuture<Answer> answer =
        engine.generate(request(part("pirate", 1), part("poet", 1))).toCompletableFuture();
    awaitLeases(engine, 1);
    assertFalse(answer.isDone());

    slow.countDown();
    assertInstanceOf(Answer.Accepted.class, answer.get(20, TimeUnit.SECONDS))
        .request()
        .tell(RequestProtocol.Leave.INSTANCE);

    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void aRequestWhosePartIsLateIsRefusedAndFreesTheOthers() throws Exception {
    engines.with("adapters.load-timeout", "500ms");
    CountDownLatch never = new CountDownLatch(1);
    engines.adapters.beforeCopy =
        name -> {
          if (name.equals("poet")) {
            awaitUninterruptibly(never);
          }
        };
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_LOAD_TIMEOUT,
        Reading.answer(engine, request(part("pirate", 1), part("poet", 1))));

    LorikeetEngineTest.awaitIdle(engine);
    never.countDown();
  }

  @Test
  void aReloadOfOnePartServesNewRequestsAndLeavesRunningOnesAlone() throws Exception {
    engines.with("requests.stream-credit", 4);
    LorikeetEngine engine = start();
    Reading old = Reading.start(engine, request(part("pirate", 0.5), part("poet", -2)));
    old.next();

    engines.adapters.put("poet", "v2 again");
    Reading fresh = Reading.start(engine, request(part("pirate", 0.5), part("poet", -2)));

    fresh.finish();
    old.ack();
    old.finish();
    assertEquals(script(sum("v1", 0.5f, "v2 again", -2f)), fresh.ids(0));
    assertEquals(script(sum("v1", 0.5f, "v2", -2f)), old.ids(0));
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void moreAdaptersThanTheDeviceHoldsAreRefused() throws Exception {
    engines.adapters.put("a", "a").put("b", "b");
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        Reading.answer(
            engine,
            request(
                part("pirate", 1), part("poet", 1), part("brief", 1), part("a", 1), part("b", 1))));
  }

  @Test
  void adaptersAreKnownByTheirNumbers() throws Exception {
    LorikeetEngine engine = start();

    Reading first = Reading.start(engine, request(number(1, 0.5), part("poet", -2)));
    first.finish();

    assertEquals(script(sum("v1", 0.5f, "v2", -2f)), first.ids(0));
    assertEquals(
        List.of(
            new NumberedAdapter(0, "brief"),
            new NumberedAdapter(1, "pirate"),
            new NumberedAdapter(2, "poet")),
        numbered(engine));
  }

  @Test
  void aNumberThatNothingHasAndAnAdapterThatIsNamedTwiceAreRefused() throws Exception {
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_NOT_FOUND,
        Reading.answer(engine, request(number(7, 1), part("poet", 1))));
    Reading.assertRejected(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        Reading.answer(engine, request(number(2, 1), part("poet", 1))));
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void aNumberKeepsItsAdapterWhenOthersComeAndGo() throws Exception {
    LorikeetEngine engine = start();
    assertEquals(3, numbered(engine).size());

    engines.adapters.remove("brief");
    engines.adapters.put("aardvark", "v0");

    assertEquals(
        List.of(
            new NumberedAdapter(1, "pirate"),
            new NumberedAdapter(2, "poet"),
            new NumberedAdapter(3, "aardvark")),
        numbered(engine));
    Reading reading = Reading.start(engine, request(number(3, 1)));
    reading.finish();
    assertEquals(script(Composition.of(ScriptedSource.generation("v0"))), reading.ids(0));
  }

  @Test
  void foldersThatCannotBeListedRefuseNumbersThatAreNotKnownYet() throws Exception {
    LorikeetEngine engine = start();
    engines.adapters.beforeNames =
        () -> {
          throw new UncheckedIOException(new IOException("gone"));
        };
    Reading.assertRejected(
        ErrorCode.ADAPTER_LOAD_BUSY, Reading.answer(engine, request(number(1, 1))));

    engines.adapters.beforeNames = () -> {};

    Reading reading = Reading.start(engine, request(number(1, 1)));
    assertEquals(new Completed(3, 10), reading.finish());
  }

  @Test
  void aSumThatTheHostCannotHoldEndsAndHoldsNothing() throws Exception {
    engines.with("adapters.host-bytes", 250);
    LorikeetEngine engine = start();

    Reading three =
        Reading.start(engine, request(part("pirate", 1), part("poet", 1), part("brief", 1)));
    three.assertFailed(ErrorCode.ADAPTER_LOAD_BUSY);
    LorikeetEngineTest.awaitIdle(
        engine); // its reader hears of it before what it held is given back

    Reading other = Reading.start(engine, request(part("pirate", 1), part("poet", 1)));
    assertEquals(new Completed(3, 10), other.finish());
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void metricsListEveryPart() throws Exception {
    engines.with("requests.stream-credit", 4);
    LorikeetEngine engine = start();
    Reading reading = Reading.start(engine, request(part("pirate", 0.5), part("poet", -2)));
    reading.next();

    TestProbe.create(engine.system())
        .awaitAssert(
            Engines.PATIENCE,
            () -> {
              String text = engine.scrape();
              assertTrue(text.contains("running_lora_adapters=\"pirate,poet\""), text);
              return text;
            });
    reading.ack();
    reading.finish();
  }

  private static Generation request(Part... parts) {
    return Engines.request(new Target.Composed(List.of(parts)), 10, PROMPT);
  }

  private static Part part(String name, double weight) {
    return new Part(new Reference.ByName(name), weight);
  }

  private static Part number(int number, double weight) {
    return new Part(new Reference.ByNumber(number), weight);
  }

  private static Composition sum(String one, float weight, String other, float otherWeight) {
    return new Composition(
        List.of(
            new Composition.Part(ScriptedSource.generation(one), weight),
            new Composition.Part(ScriptedSource.generation(other), otherWeight)));
  }

  private static List<Integer> script(Composition composition) {
    SamplingParams sampling = new SamplingParams(0f, 0, 1f, 0f, 0, -1);
    return Arrays.stream(Script.continuation(PROMPT, 10, composition, 0, sampling, 1000))
        .boxed()
        .toList();
  }

  private static List<NumberedAdapter> numbered(LorikeetEngine engine) throws Exception {
    return engine.numberedAdapters().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static void awaitLeases(LorikeetEngine engine, int count) {
    TestProbe.create(engine.system())
        .awaitAssert(
            Engines.PATIENCE,
            () -> {
              List<Engine.AdapterStatus> adapters = engine.adapters().toCompletableFuture().join();
              assertEquals(count, adapters.stream().mapToInt(Engine.AdapterStatus::leases).sum());
              return adapters;
            });
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
