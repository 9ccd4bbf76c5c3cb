package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lorikeet.actors.TextResult.Token;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.error.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Text work through the engine: its results, and the limits that it shares with requests. */
class TextWorkTest {
  private static final Prompt.Chat CHAT =
      new Prompt.Chat(List.of(), Optional.empty(), Map.of(), true, false);

  private final Engines engines = Engines.scripted();
  private Optional<LorikeetEngine> running = Optional.empty();

  @AfterEach
  void stop() throws Exception {
    if (running.isPresent()) {
      running.get().stop().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
  }

  private LorikeetEngine start() throws Exception {
    LorikeetEngine engine = engines.start();
    running = Optional.of(engine);
    return engine;
  }

  private static TextResult work(Engine engine, TextTask task) throws Exception {
    return engine
        .work("alice", task)
        .toCompletableFuture()
        .get(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static void assertRejected(ErrorCode code, TextResult result) {
    assertEquals(
        code, assertInstanceOf(TextResult.Rejected.class, result, result::toString).code());
  }

  @Test
  void tokensComeWithTheirPlacesAndGoBackToTheirText() throws Exception {
    engines.text = Optional.of(ChoiceTextTest.TEXT);
    engines.chats = Optional.of(new FixedChats("\ud83e\udd9c!", ChoiceTextTest.TEXT.tokenizer()));
    LorikeetEngine engine = start();

    for (TextTask task :
        List.of(
            new TextTask.Encode("\ud83e\udd9c!", false), new TextTask.EncodeChat(CHAT, false))) {
      List<Token> tokens = assertInstanceOf(TextResult.Tokens.class, work(engine, task)).tokens();
      Token last = tokens.getLast();
      assertEquals("!", last.entry());
      assertEquals("!", last.source());
      assertEquals(1, last.start());
      assertEquals(2, last.end());
      assertArrayEquals(new byte[] {'!'}, last.bytes());
      assertEquals("\ud83e\udd9c", tokens.getFirst().source());
    }
    assertEquals(new TextResult.Text("\ud83e\udd9c!"), work(engine, new TextTask.Render(CHAT)));
    int id = ChoiceTextTest.TEXT.tokenizer().encode("!", false)[0];
    assertEquals(
        new TextResult.Text("!<|im_end|>"), work(engine, new TextTask.Decode(new int[] {id, 2})));
    assertEquals(new TextResult.Text(""), work(engine, new TextTask.Decode(new int[0])));
  }

  @Test
  void whatAPromptMayNotHaveIsRefused() throws Exception {
    engines.text = Optional.of(ChoiceTextTest.TEXT);
    LorikeetEngine engine = start();
    int contextMax = Wiring.totalTokens(engine.executor(), SettingsReader.defaults().requests());
    int vocabSize = engine.model().vocabSize();
    String longest = "x".repeat(contextMax * ChoiceTextTest.TEXT.tokenizer().longestTokenBytes());

    assertInstanceOf(TextResult.Tokens.class, work(engine, new TextTask.Encode(longest, false)));
    assertRejected(
        ErrorCode.CONTEXT_LENGTH_EXCEEDED, work(engine, new TextTask.Encode(longest + "x", false)));
    assertInstanceOf(TextResult.Text.class, work(engine, new TextTask.Decode(new int[contextMax])));
    assertRejected(
        ErrorCode.CONTEXT_LENGTH_EXCEEDED,
        work(engine, new TextTask.Decode(new int[contextMax + 1])));
    for (int id : new int[] {-1, vocabSize}) {
      assertRejected(ErrorCode.REQUEST_INVALID, work(engine, new TextTask.Decode(new int[] {id})));
    }
    assertRejected(ErrorCode.REQUEST_INVALID, work(engine, new TextTask.Encode("\ud83e", false)));
    assertRejected(
        ErrorCode.CHAT_TEMPLATE_MISSING, work(engine, new TextTask.EncodeChat(CHAT, false)));
  }

  @Test
  void aModelWithoutATokenizerHasNoTextWork() throws Exception {
    LorikeetEngine engine = start();

    assertRejected(ErrorCode.TOKENIZER_MISSING, work(engine, new TextTask.Encode("x", true)));
    assertRejected(ErrorCode.TOKENIZER_MISSING, work(engine, new TextTask.Decode(new int[] {1})));
    assertRejected(ErrorCode.CHAT_TEMPLATE_MISSING, work(engine, new TextTask.Render(CHAT)));
  }

  @Test
  void workThatBreaksIsRefusedAndLeavesItsPlace() throws Exception {
    engines.chats =
        Optional.of(
            new FixedChats(
                _ -> {
                  throw new IllegalStateException("broken template");
                },
                ChoiceTextTest.TEXT.tokenizer()));
    engines.with("schedule.waiting-max", 1);
    LorikeetEngine engine = start();

    for (int i = 0; i < 20; i++) {
      TestProbe.create(engine.system())
          .awaitAssert(
              Engines.PATIENCE,
              () -> {
                assertRejected(ErrorCode.INTERNAL, work(engine, new TextTask.Render(CHAT)));
                return "broken";
              });
    }
  }

  @Test
  void workWaitsInTheSameQueueAsRequests() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    engines.chats =
        Optional.of(
            new FixedChats(
                _ -> {
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                  return "late";
                },
                ChoiceTextTest.TEXT.tokenizer()));
    engines.with("access.keys.alice.key", "key-of-alice");
    engines.with("access.keys.alice.concurrent-max", 1);
    LorikeetEngine engine = start();
    var slow = engine.work("alice", new TextTask.Render(CHAT)).toCompletableFuture();

    assertRejected(ErrorCode.CONCURRENCY_LIMITED, work(engine, new TextTask.Decode(new int[] {1})));
    release.countDown();

    assertEquals(new TextResult.Text("late"), slow.get(20, TimeUnit.SECONDS));
    TestProbe.create(engine.system())
        .awaitAssert(
            Engines.PATIENCE,
            () -> {
              assertEquals(new TextResult.Text("late"), work(engine, new TextTask.Render(CHAT)));
              return "again";
            });
  }

  @Test
  void workAfterTheEndIsRefused() throws Exception {
    LorikeetEngine engine = start();
    engine.stop().toCompletableFuture().get(20, TimeUnit.SECONDS);

    assertRejected(ErrorCode.SHUTTING_DOWN, work(engine, new TextTask.Render(CHAT)));
  }
}
