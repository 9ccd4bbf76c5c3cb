package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loading and unloading by request, over the real actors and scripted adapters. */
class LoadAdapterTest {
  private static final int[] PROMPT = {1, 2, 3};

  @TempDir Path root;

  private final Engines engines = Engines.scripted();
  private final List<LorikeetEngine> started = new ArrayList<>();

  @BeforeEach
  void confine() {
    engines.with("adapters.roots", List.of(root.toString()));
    // A request whose reader does not read goes on running.
    engines.with("requests.stream-credit", 4);
  }

  @AfterEach
  void stop() throws Exception {
    for (LorikeetEngine engine : started) {
      Engines.stop(engine);
    }
  }

  @Test
  void aLoadedAdapterAnswersAndIsListed() throws Exception {
    LorikeetEngine engine = start();

    assertEquals(loaded("pirate", "v1"), load(engine, "pirate", folder("a", "v1"), false));

    assertEquals("v1", answerer(engine, "pirate"));
    Engine.AdapterStatus status = engine.adapters().toCompletableFuture().get().getFirst();
    assertEquals("pirate", status.name());
    assertEquals(
        root.toRealPath().resolve("a").toString(), engine.loadedFrom("pirate").orElseThrow());
  }

  @Test
  void theSameContentAgainIsFineAndOtherContentNeedsToBeAskedFor() throws Exception {
    LorikeetEngine engine = start();
    load(engine, "pirate", folder("a", "v1"), false);

    assertEquals(loaded("pirate", "v1"), load(engine, "pirate", folder("copy", "v1"), false));
    refused(ErrorCode.REQUEST_INVALID, load(engine, "pirate", folder("b", "v2"), false));
    assertEquals("v1", answerer(engine, "pirate"));

    assertEquals(loaded("pirate", "v2"), load(engine, "pirate", folder("b", "v2"), true));
    assertEquals("v2", answerer(engine, "pirate"));
  }

  @Test
  void anAdapterOfTheStartIsReplacedOnlyWhenAskedForAndRemovedUntilItIsLoaded() throws Exception {
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = start();

    refused(ErrorCode.REQUEST_INVALID, load(engine, "pirate", folder("b", "v2"), false));
    assertEquals(loaded("pirate", "v2"), load(engine, "pirate", folder("b", "v2"), true));
    assertEquals("v2", answerer(engine, "pirate"));

    assertEquals(new AdapterChange.Unloaded("pirate", 0), unload(engine, "pirate"));
    Reading.assertRejected(ErrorCode.ADAPTER_NOT_FOUND, ask(engine, "pirate"));
    assertEquals(List.of(), engine.adapters().toCompletableFuture().get());

    assertEquals(loaded("pirate", "v3"), load(engine, "pirate", folder("c", "v3"), false));
    assertEquals("v3", answerer(engine, "pirate"));
  }

  @Test
  void anUnloadIsAnsweredWhenTheLastRequestHasEnded() throws Exception {
    LorikeetEngine engine = start();
    load(engine, "pirate", folder("a", "v1"), false);
    Reading running = Reading.start(engine, Engines.request(Engines.adapter("pirate"), 30, PROMPT));

    CompletableFuture<AdapterChange> unload =
        engine.unloadAdapter("p", "pirate").toCompletableFuture();
    awaitRefusal(engine, "pirate");
    assertFalse(unload.isDone(), "a request runs with it");

    running.finish();
    assertEquals(
        new Answer.Adapter("pirate", 1, ScriptedSource.generation("v1")),
        assertInstanceOf(Answer.Sum.class, running.accepted.answerer()).adapters().getFirst());
    assertEquals(30, running.ids(0).size());
    assertEquals(new AdapterChange.Unloaded("pirate", 0), get(unload));
  }

  @Test
  void anUnloadSaysAfterItsWaitHowManyRequestsStillRun() throws Exception {
    engines.with("adapters.unload-wait", "50ms");
    LorikeetEngine engine = start();
    load(engine, "pirate", folder("a", "v1"), false);
    Reading running = Reading.start(engine, Engines.request(Engines.adapter("pirate"), 30, PROMPT));

    assertEquals(new AdapterChange.Unloaded("pirate", 1), unload(engine, "pirate"));

    running.finish();
    assertEquals(30, running.ids(0).size());
  }

  @Test
  void aBrokenFolderIsRefusedWithTheLoadersReasonAndTheNameStaysAsItWas() throws Exception {
    LorikeetEngine engine = start();
    load(engine, "pirate", folder("a", "v1"), false);
    engines.adapters.beforeRead =
        _ -> {
          throw new LorikeetException(ErrorCode.ADAPTER_RANK_MISMATCH, "ranks differ");
        };

    assertEquals(
        new AdapterChange.Refused(ErrorCode.ADAPTER_RANK_MISMATCH, "ranks differ"),
        load(engine, "pirate", folder("b", "broken"), true));
    refused(ErrorCode.ADAPTER_RANK_MISMATCH, load(engine, "new", folder("c", "bad"), false));

    assertEquals("v1", answerer(engine, "pirate"));
    Reading.assertRejected(ErrorCode.ADAPTER_NOT_FOUND, ask(engine, "new"));
  }

  @Test
  void whatTheHostHasNoRoomForLeavesTheNameAsItWas() throws Exception {
    engines.with("adapters.host-bytes", 150);
    LorikeetEngine engine = start();
    load(engine, "pirate", folder("a", "v1"), false);
    engines.adapters.putFolder("big", "v2", 200);
    Path big = Files.createDirectories(root.resolve("big"));

    refused(ErrorCode.ADAPTER_TOO_LARGE, load(engine, "pirate", big.toString(), true));

    assertEquals("v1", answerer(engine, "pirate"));
  }

  @Test
  void onlyFoldersBelowARootAreLoaded(@TempDir Path elsewhere) throws Exception {
    LorikeetEngine engine = start();
    Files.createDirectories(elsewhere.resolve("a"));
    Files.createSymbolicLink(root.resolve("link"), elsewhere.resolve("a"));
    engines.adapters.putFolder("a", "v1", 100);

    for (String path :
        List.of(
            elsewhere.resolve("a").toString(),
            root + "/../" + elsewhere.getFileName() + "/a",
            root.resolve("link").toString(),
            "a\0b",
            "/")) {
      refused(ErrorCode.ADAPTER_PATH_FORBIDDEN, load(engine, "pirate", path, false));
    }
    refused(
        ErrorCode.ADAPTER_CONFIG_MISSING,
        load(engine, "pirate", root.resolve("none").toString(), false));
    refused(ErrorCode.ADAPTER_NAME_INVALID, load(engine, "../x", folder("a", "v1"), false));
  }

  @Test
  void withoutARootNothingIsLoadedAndTheOptionIsNamed() throws Exception {
    engines.with("adapters.roots", List.of());
    LorikeetEngine engine = start();

    AdapterChange.Refused refused =
        refused(ErrorCode.ADAPTER_PATH_FORBIDDEN, load(engine, "pirate", folder("a", "v1"), false));
    assertTrue(refused.message().contains("--adapter-root"), refused.message());
  }

  @Test
  void nobodyLoadsOrUnloadsWhatTheyMayNotUse() throws Exception {
    engines.rights = (_, name) -> !name.equals("pirate");
    LorikeetEngine engine = start();

    refused(ErrorCode.ADAPTER_FORBIDDEN, load(engine, "pirate", folder("a", "v1"), false));
    refused(ErrorCode.ADAPTER_FORBIDDEN, unload(engine, "pirate"));
    refused(ErrorCode.ADAPTER_NOT_FOUND, unload(engine, "nobody"));
  }

  @Test
  void asManyNamesAsAllowedAreRegisteredAndOneMoreIsRefused() throws Exception {
    engines.with("adapters.registered-max", 2);
    LorikeetEngine engine = start();

    assertEquals(loaded("a", "v1"), load(engine, "a", folder("a", "v1"), false));
    assertEquals(loaded("b", "v2"), load(engine, "b", folder("b", "v2"), false));
    refused(ErrorCode.ADAPTER_LOAD_BUSY, load(engine, "c", folder("c", "v3"), false));

    unload(engine, "a");
    assertEquals(loaded("c", "v3"), load(engine, "c", folder("c", "v3"), false));
  }

  @Test
  void ordersWaitForEachOtherAndTooManyAreRefused() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    engines.adapters.beforeRead = _ -> await(read);
    LorikeetEngine engine = start();
    String path = folder("a", "v1");
    List<CompletableFuture<AdapterChange>> orders = new ArrayList<>();
    for (int i = 0; i < RegistrarActor.WAITING_MAX + 2; i++) {
      orders.add(engine.loadAdapter(new AdapterOrder("p", "a", path, false)).toCompletableFuture());
    }

    refused(ErrorCode.ADAPTER_LOAD_BUSY, get(orders.getLast()));
    read.countDown();
    for (CompletableFuture<AdapterChange> order : orders.subList(0, orders.size() - 1)) {
      assertEquals(loaded("a", "v1"), get(order));
    }
  }

  @Test
  void whatStillWaitsWhenTheEngineStopsIsAnswered() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    engines.adapters.beforeRead = _ -> await(never);
    LorikeetEngine engine = start();
    CompletionStage<AdapterChange> first =
        engine.loadAdapter(new AdapterOrder("p", "a", folder("a", "v1"), false));
    CompletionStage<AdapterChange> second = engine.unloadAdapter("p", "a");

    engine.system().terminate();

    refused(ErrorCode.SHUTTING_DOWN, get(first));
    refused(ErrorCode.SHUTTING_DOWN, get(second));
    never.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private LorikeetEngine start() throws Exception {
    LorikeetEngine engine = engines.start();
    started.add(engine);
    return engine;
  }

  private String folder(String name, String content) throws IOException {
    engines.adapters.putFolder(name, content, 100);
    return Files.createDirectories(root.resolve(name)).toString();
  }

  private static AdapterChange loaded(String name, String content) {
    return new AdapterChange.Loaded(name, ScriptedSource.generation(content).hash());
  }

  private static AdapterChange.Refused refused(ErrorCode code, AdapterChange change) {
    AdapterChange.Refused refused =
        assertInstanceOf(AdapterChange.Refused.class, change, change::toString);
    assertEquals(code, refused.code(), refused.message());
    return refused;
  }

  private static AdapterChange load(
      LorikeetEngine engine, String name, String path, boolean replace) throws Exception {
    return get(engine.loadAdapter(new AdapterOrder("p", name, path, replace)));
  }

  private static AdapterChange unload(LorikeetEngine engine, String name) throws Exception {
    return get(engine.unloadAdapter("p", name));
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(Engines.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Answer ask(LorikeetEngine engine, String name) throws Exception {
    return Reading.answer(engine, Engines.request(Engines.adapter(name), 1, PROMPT));
  }

  // The unload is on its way: requests are served until it is there.
  private static void awaitRefusal(LorikeetEngine engine, String name) throws Exception {
    while (true) {
      if (!(ask(engine, name) instanceof Answer.Accepted accepted)) {
        return;
      }
      Reading.of(engine, accepted).finish();
    }
  }

  /** The content that answers under this name now. */
  private static String answerer(LorikeetEngine engine, String name) throws Exception {
    Reading reading = Reading.start(engine, Engines.request(Engines.adapter(name), 1, PROMPT));
    reading.finish();
    String hash =
        assertInstanceOf(Answer.Sum.class, reading.accepted.answerer())
            .adapters()
            .getFirst()
            .generation()
            .hash();
    return hash.substring(hash.lastIndexOf(' ') + 1);
  }
}
