package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.sample.Withheld;
import io.lorikeet.engine.schedule.LoopState;
import io.lorikeet.engine.spi.FaultyExecutor;
import io.lorikeet.engine.spi.Infos;
import io.lorikeet.engine.spi.Script;
import io.lorikeet.engine.spi.ScriptedExecutor;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.engine.spi.Tickets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LorikeetEngineTest {
  private static final int[] PROMPT = {1, 2, 3};

  private final Engines engines = Engines.scripted();
  private Optional<LorikeetEngine> started = Optional.empty();

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
  void answersABaseRequestWithTheTokensOfTheExecutor() throws Exception {
    LorikeetEngine engine = start();

    Reading reading = Reading.start(engine, Engines.request(Engines.base(), 10, PROMPT));

    assertEquals(new Completed(3, 10), reading.finish());
    assertEquals(script(GenerationId.BASE, 0, 10), reading.ids(0));
    assertEquals(FinishReason.LENGTH, reading.endings().getFirst().reason());
    assertEquals(Answer.Sum.BASE, reading.accepted.answerer());
  }

  @Test
  void answersAnAdapterRequestWithThatAdaptersTokens() throws Exception {
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();

    Reading reading = Reading.start(engine, Engines.request(Engines.adapter("pirate"), 10, PROMPT));

    reading.finish();
    assertEquals(script(ScriptedSource.generation("v1"), 0, 10), reading.ids(0));
    assertEquals(
        new Answer.Sum(List.of(new Answer.Adapter("pirate", 1, ScriptedSource.generation("v1")))),
        reading.accepted.answerer());
    awaitIdle(engine);
  }

  @Test
  void refusesAnUnknownAdapterInTheTermsOfTheFieldThatNamedIt() throws Exception {
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_NOT_FOUND,
        Reading.answer(engine, Engines.request(Engines.adapter("nobody"), 1, 1)));
    Reading.assertRejected(
        ErrorCode.MODEL_NOT_FOUND,
        Reading.answer(engine, Engines.request(new Target.Model("nobody"), 1, 1)));
    assertTrue(engine.status().toCompletableFuture().get().ready());
  }

  @Test
  void modelNamesTheBaseAnAdapterOrBoth() throws Exception {
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();

    for (String model : List.of("base", "pirate", "base:pirate")) {
      Reading reading = Reading.start(engine, Engines.request(new Target.Model(model), 4, PROMPT));
      reading.finish();
      GenerationId expected =
          model.equals("base") ? GenerationId.BASE : ScriptedSource.generation("v1");
      assertEquals(script(expected, 0, 4), reading.ids(0), model);
    }
  }

  @Test
  void refusesAnAdapterThatThePrincipalMayNotUse() throws Exception {
    engines.adapters.put("pirate", "v1");
    engines.rights = (principal, name) -> !name.equals("pirate");
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_FORBIDDEN,
        Reading.answer(engine, Engines.request(Engines.adapter("pirate"), 1, 1)));
  }

  @Test
  void choicesDrawWithSeedsOfTheirOwn() throws Exception {
    LorikeetEngine engine = start();

    Reading reading =
        Reading.start(engine, Requests.choices(Engines.request(Engines.base(), 6, PROMPT), 3));

    assertEquals(new Completed(3, 18), reading.finish());
    for (int choice = 0; choice < 3; choice++) {
      assertEquals(script(GenerationId.BASE, choice, 6), reading.ids(choice));
    }
    assertNotEquals(reading.ids(0), reading.ids(1));
  }

  @Test
  void severalPromptsAreAnsweredAndScoredAsIfEachWereAlone() throws Exception {
    LorikeetEngine engine = start();
    int[][] prompts = {{1, 2, 3}, {4}, {9, 8, 7, 6}};

    Reading reading =
        Reading.start(
            engine,
            Requests.prompts(
                Engines.request(Engines.base(), 5, PROMPT),
                2,
                OptionalInt.of(1),
                Arrays.stream(prompts).map(Prompt.Ids::new).toArray(Prompt[]::new)));

    assertEquals(new Completed(8, 30), reading.finish());
    for (int choice = 0; choice < 6; choice++) {
      int[] expected =
          Script.continuation(
              prompts[choice / 2],
              5,
              GenerationId.BASE,
              SamplingParams.GREEDY.withSeed(choice % 2),
              Infos.SMALL.vocabSize());
      assertEquals(Arrays.stream(expected).boxed().toList(), reading.ids(choice));
    }
    for (PromptRead read : reading.prompts()) {
      List<Float> scores = Script.scores(prompts[read.prompt()], Composition.BASE, 0);
      assertEquals(scores, read.tokens().stream().skip(1).map(TokenPiece::logprob).toList());
      assertTrue(Float.isNaN(read.tokens().getFirst().logprob()));
      assertEquals(0, read.tokens().getFirst().rank());
      assertTrue(read.tokens().stream().skip(1).allMatch(token -> token.rank() == 1));
    }
    assertEquals(3, reading.prompts().size());
  }

  @Test
  void aPromptMayBeReadWithoutANewToken() throws Exception {
    LorikeetEngine engine = start();
    Generation nothing = Engines.request(Engines.base(), 0, PROMPT);

    Reading reading = Reading.start(engine, nothing);
    assertEquals(new Completed(3, 0), reading.finish());
    assertEquals(FinishReason.LENGTH, reading.endings().getFirst().reason());
    assertEquals(List.of(), reading.ids(0));

    Reading scored =
        Reading.start(
            engine, Requests.prompts(nothing, 2, OptionalInt.of(0), new Prompt.Ids(PROMPT)));
    assertEquals(new Completed(3, 0), scored.finish());
    assertEquals(
        Script.scores(PROMPT, Composition.BASE, 0),
        scored.prompts().getFirst().tokens().stream().skip(1).map(TokenPiece::logprob).toList());
    assertEquals(2, scored.endings().size());
  }

  @Test
  void asManyPromptTokensAreScoredAsTheSettingsSayAndNotOneMore() throws Exception {
    engines.with("requests.scored-tokens-max", 5);
    LorikeetEngine engine = start();
    Generation request = Engines.request(Engines.base(), 2, PROMPT);
    Prompt two = new Prompt.Ids(new int[] {1, 2});
    Prompt three = new Prompt.Ids(PROMPT);

    Reading.start(engine, Requests.prompts(request, 1, OptionalInt.of(0), two, three)).finish();
    Reading.start(engine, Requests.prompts(request, 1, OptionalInt.of(-1), three, three)).finish();
    Reading.assertRejected(
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        Reading.answer(engine, Requests.prompts(request, 1, OptionalInt.of(0), three, three)));
  }

  @Test
  void onePromptThatDoesNotFitRefusesTheWholeRequest() throws Exception {
    LorikeetEngine engine = start();
    Prompt fits = new Prompt.Ids(new int[] {1});
    Prompt tooLong = new Prompt.Ids(new int[Infos.SMALL.contextMax()]);

    Answer answer =
        Reading.answer(
            engine,
            Requests.prompts(
                Engines.request(Engines.base(), 5, PROMPT), 1, OptionalInt.empty(), fits, tooLong));

    Reading.assertRejected(ErrorCode.CONTEXT_LENGTH_EXCEEDED, answer);
    awaitIdle(engine);
  }

  @Test
  void anEndTokenEndsTheAnswerUnlessItIsIgnored() throws Exception {
    List<Integer> tokens = script(GenerationId.BASE, 0, 8);
    engines.endTokens = List.of(tokens.get(4));
    LorikeetEngine engine = start();
    Generation request = Engines.request(Engines.base(), 8, PROMPT);

    Reading ended = Reading.start(engine, request);
    Reading ignored = Reading.start(engine, Requests.ignoringEnds(request));

    ended.finish();
    assertEquals(FinishReason.STOP_TOKEN, ended.endings().getFirst().reason());
    assertEquals(tokens.subList(0, 5), ended.ids(0));
    ignored.finish();
    assertEquals(tokens, ignored.ids(0));
  }

  @Test
  void aStopTokenOfTheRequestEndsTheAnswerToo() throws Exception {
    List<Integer> tokens = script(GenerationId.BASE, 0, 8);
    LorikeetEngine engine = start();

    Reading ended =
        Reading.start(
            engine, Requests.ending(Engines.request(Engines.base(), 8, PROMPT), tokens.get(4), 0));

    ended.finish();
    assertEquals(FinishReason.STOP_TOKEN, ended.endings().getFirst().reason());
    assertEquals(tokens.subList(0, 5), ended.ids(0));
  }

  @Test
  void endTokensAreWithheldFromAnAnswerThatMustBeLonger() throws Exception {
    BlockingQueue<SamplingParams> seen = new LinkedBlockingQueue<>();
    engines.endTokens = List.of(5, Infos.SMALL.vocabSize());
    engines.executors =
        () ->
            new FaultyExecutor(
                new ScriptedExecutor(Infos.SMALL),
                new FaultyExecutor.Faults() {
                  @Override
                  public Optional<String> step(Step step, List<SamplingParams> sequences) {
                    seen.addAll(sequences);
                    return Optional.empty();
                  }
                });
    LorikeetEngine engine = start();

    Reading.start(engine, Requests.ending(Engines.request(Engines.base(), 4, PROMPT), 7, 3))
        .finish();
    SamplingParams params = seen.take();
    seen.clear();
    Reading.start(engine, Engines.request(Engines.base(), 1, PROMPT)).finish();

    assertArrayEquals(new int[] {5, 7}, params.withheld().ids());
    assertEquals(3, params.withheld().tokens());
    assertEquals(Withheld.NONE, seen.take().withheld());
  }

  @Test
  void aStopStringEndsTheAnswerAndItsSequence() throws Exception {
    engines.text = Optional.of(ChoiceTextTest.TEXT);
    LorikeetEngine engine = start();
    Reading whole = Reading.start(engine, Engines.request(Engines.base(), 200, PROMPT));
    whole.finish();
    String text = whole.text(0);
    String stop = text.substring(text.length() / 2, text.length() / 2 + 3);

    Reading stopped =
        Reading.start(
            engine, Requests.stopping(Engines.request(Engines.base(), 200, PROMPT), stop));

    stopped.finish();
    assertEquals(text.substring(0, text.indexOf(stop)), stopped.text(0));
    assertEquals(FinishReason.STOP_STRING, stopped.endings().getFirst().reason());
    assertEquals(Optional.of(stop), stopped.endings().getFirst().stop());
    awaitIdle(engine);
  }

  @Test
  void noMoreTokensAreDrawnThanAReaderHasCreditFor() throws Exception {
    engines.with("requests.stream-credit", 8);
    LorikeetEngine engine = start();
    Answer answer = Reading.answer(engine, Engines.request(Engines.base(), 100, PROMPT));
    await(engine, loop -> loop.withoutCredit() == 1 && loop.stepsInFlight() == 0);

    Reading reading = Reading.of(engine, assertInstanceOf(Answer.Accepted.class, answer));

    reading.next();
    assertEquals(8, reading.ids(0).size(), "the whole credit came as one piece");
    reading.ack();
    assertEquals(new Completed(3, 100), reading.finish());
    assertEquals(script(GenerationId.BASE, 0, 100), reading.ids(0));
  }

  @Test
  void aReaderThatStandsStillIsTheOnlyOneWhoFails() throws Exception {
    engines.with("schedule.without-credit", "300ms").with("requests.stream-credit", 4);
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();
    Reading still = Reading.start(engine, Engines.request(Engines.adapter("pirate"), 50, PROMPT));
    still.next();

    Reading other = Reading.start(engine, Engines.request(Engines.base(), 50, PROMPT));
    assertEquals(new Completed(3, 50), other.finish());

    Failed failed = assertInstanceOf(Failed.class, still.next());
    assertEquals(ErrorCode.SLOW_CLIENT, failed.code());
    awaitIdle(engine);
  }

  @Test
  void aReaderThatStandsStillWhenAllIsDrawnIsLetGo() throws Exception {
    engines.with("schedule.without-credit", "300ms");
    LorikeetEngine engine = start();
    Reading still = Reading.start(engine, Engines.request(Engines.base(), 3, PROMPT));
    still.next();

    Failed failed = assertInstanceOf(Failed.class, still.next());

    assertEquals(ErrorCode.SLOW_CLIENT, failed.code());
    still.sink.expectTerminated(still.accepted.request(), Engines.PATIENCE);
  }

  @Test
  void filesThatCannotBeReadOnceAreTriedAgainSoon() throws Exception {
    engines.adapters.put("pirate", "v1");
    AtomicInteger tries = new AtomicInteger();
    engines.adapters.beforeCopy =
        _ -> {
          if (tries.incrementAndGet() == 1) {
            throw new UncheckedIOException(new IOException("busy"));
          }
        };
    LorikeetEngine engine = start();

    Reading reading = Reading.start(engine, Engines.request(Engines.adapter("pirate"), 4, PROMPT));

    assertEquals(new Completed(3, 4), reading.finish());
    assertEquals(2, tries.get());
  }

  @Test
  void aRequestThatNobodyAttachesToEndsByItself() throws Exception {
    engines.with("schedule.without-credit", "200ms");
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();

    assertInstanceOf(
        Answer.Accepted.class,
        Reading.answer(engine, Engines.request(Engines.adapter("pirate"), 1000, PROMPT)));

    awaitIdle(engine);
  }

  @Test
  void aReaderThatWillNeverAttachLetsItsRequestGo() throws Exception {
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();
    Answer answer = Reading.answer(engine, Engines.request(Engines.adapter("pirate"), 900, PROMPT));

    assertInstanceOf(Answer.Accepted.class, answer).request().tell(RequestProtocol.Leave.INSTANCE);

    awaitIdle(engine);
  }

  @Test
  void aReaderThatAttachedIsNotLeftByOthers() throws Exception {
    engines.with("requests.stream-credit", 4);
    LorikeetEngine engine = start();
    Reading reading = Reading.start(engine, Engines.request(Engines.base(), 20, PROMPT));
    reading.next();

    reading.accepted.request().tell(RequestProtocol.Leave.INSTANCE);
    reading.ack();

    assertEquals(new Completed(3, 20), reading.finish());
  }

  @Test
  void aReaderThatGoesCancelsItsRequest() throws Exception {
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();
    Reading reading =
        Reading.start(engine, Engines.request(Engines.adapter("pirate"), 900, PROMPT));
    reading.next();

    reading.sink.stop();

    awaitIdle(engine);
  }

  @Test
  void aDeadlineEndsTheRequest() throws Exception {
    LorikeetEngine engine = start();
    Reading reading =
        Reading.start(
            engine,
            Requests.within(Engines.request(Engines.base(), 900, PROMPT), Duration.ofSeconds(2)));

    reading.next();
    await(engine, loop -> loop.withoutCredit() == 1);
    await(engine, loop -> loop.running() == 0);
    reading.ack();

    reading.assertFailed(ErrorCode.DEADLINE_EXCEEDED);
  }

  @Test
  void aFullQueueRefusesBeforeAnythingIsDone() throws Exception {
    engines.with("schedule.waiting-max", 2);
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();
    int most = Infos.SMALL.seats() + 2;
    List<Reading> readings =
        List.of(
            Reading.start(
                engine, Requests.choices(Engines.request(Engines.base(), 100, PROMPT), most)));

    Reading.assertRejected(
        ErrorCode.QUEUE_FULL,
        Reading.answer(engine, Engines.request(Engines.adapter("pirate"), 1, PROMPT)));
    assertEquals(0, engines.adapters.copies.get());
    for (Reading reading : readings) {
      reading.finish();
    }
    Answer.Accepted next =
        TestProbe.create(engine.system())
            .awaitAssert(
                Engines.PATIENCE,
                () ->
                    assertInstanceOf(
                        Answer.Accepted.class,
                        Reading.answer(engine, Engines.request(Engines.base(), 1, PROMPT))));
    assertEquals(new Completed(3, 1), Reading.of(engine, next).finish());
  }

  @Test
  void asManySequencesAsAllowedRunAtOnce() throws Exception {
    engines.with("requests.concurrent-max", 3);
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.QUEUE_FULL,
        Reading.answer(engine, Requests.choices(Engines.request(Engines.base(), 1, PROMPT), 4)));
    Reading.start(engine, Requests.choices(Engines.request(Engines.base(), 1, PROMPT), 3)).finish();
  }

  @Test
  void anAdapterIsLoadedBeforeItIsAskedFor() throws Exception {
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();

    engine.preload("pirate").toCompletableFuture().get(20, TimeUnit.SECONDS);

    assertEquals(1, engines.adapters.copies.get());
    ExecutionException refused =
        assertThrows(
            ExecutionException.class,
            () -> engine.preload("nobody").toCompletableFuture().get(20, TimeUnit.SECONDS));
    assertEquals(
        ErrorCode.ADAPTER_NOT_FOUND,
        assertInstanceOf(LorikeetException.class, refused.getCause()).code());
  }

  @Test
  void aBrokenAdapterFailsItsRequestsBeforeTheHead() throws Exception {
    engines.adapters.put("broken", "v1");
    engines.adapters.beforeRead =
        _ -> {
          throw new LorikeetException(ErrorCode.ADAPTER_RANK_MISMATCH, "broken");
        };
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_RANK_MISMATCH,
        Reading.answer(engine, Engines.request(Engines.adapter("broken"), 1, PROMPT)));
    Engine.AdapterStatus status =
        engine.adapters().toCompletableFuture().get(20, TimeUnit.SECONDS).getFirst();
    assertEquals("failed", status.state());
    assertTrue(status.reason().startsWith("adapter_rank_mismatch"), status::reason);
  }

  @Test
  void aLoadThatHangsStopsNobodyElse() throws Exception {
    engines.with("adapters.load-timeout", "500ms");
    engines.adapters.put("hung", "v1");
    CountDownLatch never = new CountDownLatch(1);
    engines.adapters.beforeCopy =
        name -> {
          if (name.equals("hung")) {
            awaitUninterruptibly(never);
          }
        };
    LorikeetEngine engine = start();

    var hung =
        engine.generate(Engines.request(Engines.adapter("hung"), 1, PROMPT)).toCompletableFuture();
    assertEquals(
        new Completed(3, 20),
        Reading.start(engine, Engines.request(Engines.base(), 20, PROMPT)).finish());
    Reading.assertRejected(ErrorCode.ADAPTER_LOAD_TIMEOUT, hung.get(20, TimeUnit.SECONDS));
    never.countDown();
  }

  @Test
  void anotherTryDoesNotWaitForALookUpThatHangs() throws Exception {
    engines.adapters.put("hung", "v1").put("flaky", "v2");
    CountDownLatch never = new CountDownLatch(1);
    engines.adapters.beforeStamp =
        name -> {
          if (name.equals("hung")) {
            awaitUninterruptibly(never);
          }
        };
    AtomicInteger tries = new AtomicInteger();
    engines.adapters.beforeCopy =
        _ -> {
          if (tries.incrementAndGet() == 1) {
            throw new UncheckedIOException(new IOException("gone for a moment"));
          }
        };
    LorikeetEngine engine = start();
    var hung =
        engine.generate(Engines.request(Engines.adapter("hung"), 1, PROMPT)).toCompletableFuture();

    Reading flaky = Reading.start(engine, Engines.request(Engines.adapter("flaky"), 3, PROMPT));

    assertEquals(new Completed(3, 3), flaky.finish());
    assertFalse(hung.isDone());
    never.countDown();
    Answer late = hung.get(20, TimeUnit.SECONDS);
    Reading.of(engine, assertInstanceOf(Answer.Accepted.class, late)).finish();
  }

  @Test
  void aReloadServesNewRequestsAndLeavesRunningOnesAlone() throws Exception {
    engines.with("requests.stream-credit", 4);
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();
    Generation request = Engines.request(Engines.adapter("pirate"), 30, PROMPT);
    Reading old = Reading.start(engine, request);
    old.next();

    engines.adapters.put("pirate", "v2");
    Reading fresh = Reading.start(engine, request);

    fresh.finish();
    old.ack();
    old.finish();
    assertEquals(script(ScriptedSource.generation("v2"), 0, 30), fresh.ids(0));
    assertEquals(script(ScriptedSource.generation("v1"), 0, 30), old.ids(0));
    awaitIdle(engine);
  }

  @Test
  void aSmallHostBudgetServesManyAdaptersOneAfterTheOther() throws Exception {
    engines.with("adapters.host-bytes", 250);
    LorikeetEngine engine = start();

    for (int i = 0; i < 6; i++) {
      engines.adapters.put("a" + i, "v" + i, 100);
      Reading reading = Reading.start(engine, Engines.request(Engines.adapter("a" + i), 5, PROMPT));
      reading.finish();
      assertEquals(script(ScriptedSource.generation("v" + i), 0, 5), reading.ids(0));
    }
    awaitIdle(engine);
  }

  @Test
  void aFailedRowEndsOnlyItsRequest() throws Exception {
    engines.executors =
        () ->
            new FaultyExecutor(
                new ScriptedExecutor(Infos.SMALL),
                new FaultyExecutor.Faults() {
                  @Override
                  public Optional<String> row(Step step, int row, SamplingParams sequence) {
                    return sequence.seed() == 7 ? Optional.of("NaN") : Optional.empty();
                  }
                });
    LorikeetEngine engine = start();

    Reading bad =
        Reading.start(engine, Requests.seed(Engines.request(Engines.base(), 20, PROMPT), 7));
    Reading good = Reading.start(engine, Engines.request(Engines.base(), 20, PROMPT));

    bad.assertFailed(ErrorCode.ROW_FAILED);
    assertEquals(new Completed(3, 20), good.finish());
    awaitIdle(engine);
  }

  @Test
  void aLostExecutorIsRebuiltAndClientsSeeOnlyAPause() throws Exception {
    engines.adapters.put("pirate", "v1");
    AtomicInteger opened = new AtomicInteger();
    engines.executors = () -> lostAt(opened.incrementAndGet() == 1 ? 5 : Long.MAX_VALUE);
    LorikeetEngine engine = start();

    Reading reading = Reading.start(engine, Engines.request(Engines.adapter("pirate"), 30, PROMPT));

    assertEquals(new Completed(3, 30), reading.finish());
    assertEquals(script(ScriptedSource.generation("v1"), 0, 30), reading.ids(0));
    assertEquals(2, opened.get());
    awaitIdle(engine);
  }

  @Test
  void anAdapterOnItsWayToTheDeviceHoldsUpNobodyElse() throws Exception {
    engines.adapters.put("pirate", "v1");
    CompletableFuture<Boolean> there = new CompletableFuture<>();
    engines.executors =
        () ->
            ScriptedExecutor.transferring(Infos.SMALL, new Tickets.Carrier(image -> there.join()));
    LorikeetEngine engine = start();
    Reading adapted = Reading.start(engine, Engines.request(Engines.adapter("pirate"), 5, PROMPT));

    Reading base = Reading.start(engine, Engines.request(Engines.base(), 30, PROMPT));
    assertEquals(new Completed(3, 30), base.finish());
    there.complete(true);

    assertEquals(new Completed(3, 5), adapted.finish());
    assertEquals(script(ScriptedSource.generation("v1"), 0, 5), adapted.ids(0));
    awaitIdle(engine);
  }

  @Test
  void anAdapterThatIsLostOnItsWayFailsItsRequestsOnly() throws Exception {
    engines.adapters.put("pirate", "v1");
    engines.adapters.put("sailor", "v2");
    engines.executors =
        () ->
            ScriptedExecutor.transferring(
                Infos.SMALL,
                new Tickets.Carrier(image -> {
                  if (image.generation().equals(ScriptedSource.generation("v1"))) {
                    throw new IllegalStateException("torn");
                  }
                }));
    LorikeetEngine engine = start();
    Reading bad = Reading.start(engine, Engines.request(Engines.adapter("pirate"), 5, PROMPT));
    Reading good = Reading.start(engine, Engines.request(Engines.adapter("sailor"), 5, PROMPT));

    bad.assertFailed(ErrorCode.INTERNAL);
    assertEquals(new Completed(3, 5), good.finish());
    awaitIdle(engine);
  }

  @Test
  void anExecutorThatIsLostTooOftenFailsEverything() throws Exception {
    engines.executors = () -> lostAt(2);
    engines.with("schedule.rebuilds-per-hour", 2).with("schedule.without-credit", "1s");
    LorikeetEngine engine = start();

    Reading.start(engine, Engines.request(Engines.base(), 30, PROMPT))
        .assertFailed(ErrorCode.EXECUTOR_LOST);

    TestProbe.create(engine.system())
        .awaitAssert(
            Engines.PATIENCE,
            () -> {
              Reading.assertRejected(
                  ErrorCode.EXECUTOR_LOST,
                  Reading.answer(engine, Engines.request(Engines.base(), 1, PROMPT)));
              return "refused";
            });
    assertFalse(engine.status().toCompletableFuture().get().ready());
  }

  @Test
  void aFailureOfTheLoopEndsWhatRanAndTheNextRequestsAreServed() throws Exception {
    AtomicInteger opened = new AtomicInteger();
    engines.executors =
        () -> {
          boolean first = opened.incrementAndGet() == 1;
          return new FaultyExecutor(
              new ScriptedExecutor(Infos.SMALL),
              new FaultyExecutor.Faults() {
                @Override
                public Optional<String> lost(Step step) {
                  if (first && step.id >= 3) {
                    throw new IllegalStateException("a defect");
                  }
                  return Optional.empty();
                }
              });
        };
    LorikeetEngine engine = start();

    Reading.start(engine, Engines.request(Engines.base(), 30, PROMPT))
        .assertFailed(ErrorCode.INTERNAL);

    Reading next = Reading.start(engine, Engines.request(Engines.base(), 30, PROMPT));
    assertEquals(new Completed(3, 30), next.finish());
    assertEquals(2, opened.get());
    awaitIdle(engine);
  }

  @Test
  void anExecutorThatCannotBeOpenedFailsTheStart() {
    LorikeetException reason = new LorikeetException(ErrorCode.MODEL_MEMORY_EXCEEDED, "too large");
    engines.executors =
        () -> {
          throw reason;
        };

    ExecutionException thrown = assertThrows(ExecutionException.class, engines::start);

    assertSame(reason, thrown.getCause());
  }

  @Test
  void shutdownLetsRunningStreamsEndAndRefusesNewOnes() throws Exception {
    engines.with("requests.stream-credit", 4);
    LorikeetEngine engine = start();
    Reading running = Reading.start(engine, Engines.request(Engines.base(), 40, PROMPT));
    running.next();

    var down =
        CoordinatedShutdown.get(
                org.apache.pekko.actor.typed.javadsl.Adapter.toClassic(engine.system()))
            .runAll(CoordinatedShutdown.unknownReason());

    TestProbe.create(engine.system())
        .awaitAssert(
            Engines.PATIENCE,
            () -> {
              Reading.assertRejected(
                  ErrorCode.SHUTTING_DOWN,
                  Reading.answer(engine, Engines.request(Engines.base(), 1, PROMPT)));
              return "refused";
            });
    running.ack();
    assertEquals(new Completed(3, 40), running.finish());
    down.toCompletableFuture().get(20, TimeUnit.SECONDS);
    Reading.assertRejected(
        ErrorCode.SHUTTING_DOWN,
        Reading.answer(engine, Engines.request(Engines.base(), 1, PROMPT)));
  }

  @Test
  void shutdownEndsStreamsThatTakeTooLong() throws Exception {
    engines.with("requests.stream-credit", 4).with("server.drain", "200ms");
    LorikeetEngine engine = start();
    ActorTestKit readers = ActorTestKit.create();
    Answer answer = Reading.answer(engine, Engines.request(Engines.base(), 40, PROMPT));
    Reading still = Reading.of(readers.system(), assertInstanceOf(Answer.Accepted.class, answer));
    still.next();
    await(engine, loop -> loop.withoutCredit() == 1);

    var down =
        CoordinatedShutdown.get(
                org.apache.pekko.actor.typed.javadsl.Adapter.toClassic(engine.system()))
            .runAll(CoordinatedShutdown.unknownReason());
    await(engine, loop -> loop.running() == 0);
    still.ack();

    still.assertFailed(ErrorCode.SHUTTING_DOWN);
    down.toCompletableFuture().get(20, TimeUnit.SECONDS);
    readers.shutdownTestKit();
  }

  @Test
  void metricsCarryVllmsNames() throws Exception {
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();
    Reading.start(engine, Engines.request(Engines.adapter("pirate"), 5, PROMPT)).finish();

    TestProbe.create(engine.system())
        .awaitAssert(
            Engines.PATIENCE,
            () -> {
              String text = engine.scrape();
              for (String name :
                  List.of(
                      "vllm:num_requests_running{",
                      "vllm:num_requests_waiting{",
                      "vllm:kv_cache_usage_perc{",
                      "vllm:time_to_first_token_seconds_bucket{",
                      "vllm:inter_token_latency_seconds_sum{",
                      "vllm:e2e_request_latency_seconds_count{",
                      "vllm:prompt_tokens_total{",
                      "vllm:generation_tokens_total{",
                      "vllm:num_preemptions_total{",
                      "lorikeet:step_time_seconds_count{",
                      "lorikeet:adapter_resident{adapter=\"pirate\",tier=\"device\"} 1")) {
                assertTrue(text.contains("\n" + name), () -> name + " in\n" + text);
              }
              assertTrue(text.contains("finished_reason=\"length\""), text);
              return text;
            });
  }

  private static FaultyExecutor lostAt(long stepId) {
    return new FaultyExecutor(
        new ScriptedExecutor(Infos.SMALL),
        new FaultyExecutor.Faults() {
          private int steps;

          @Override
          public Optional<String> lost(Step step) {
            return ++steps >= stepId ? Optional.of("unplugged") : Optional.empty();
          }
        });
  }

  /** Waits until the loop's counts are so. */
  static void await(LorikeetEngine engine, Predicate<LoopState> condition) {
    TestProbe.create(engine.system())
        .awaitAssert(
            Engines.PATIENCE,
            () -> {
              LoopState loop = engine.status().toCompletableFuture().join().loop();
              assertTrue(condition.test(loop), loop::toString);
              return loop;
            });
  }

  /** Waits until nothing is held by anybody: no seat, no block, no lease. */
  static void awaitIdle(LorikeetEngine engine) {
    await(
        engine,
        loop ->
            loop.running() + loop.waiting() + loop.preempted() == 0
                && loop.blocksFree() == loop.blocksTotal()
                && loop.stepsInFlight() == 0
                && loop.slotsPaging() == 0);
    TestProbe.create(engine.system())
        .awaitAssert(
            Engines.PATIENCE,
            () -> {
              List<Engine.AdapterStatus> adapters = engine.adapters().toCompletableFuture().join();
              assertEquals(0, adapters.stream().mapToInt(Engine.AdapterStatus::leases).sum());
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

  static List<Integer> script(GenerationId generation, int seed, int count) {
    SamplingParams sampling = new SamplingParams(0f, 0, 1f, 0f, seed, -1);
    return Arrays.stream(Script.continuation(PROMPT, count, generation, sampling, 1000))
        .boxed()
        .toList();
  }
}
