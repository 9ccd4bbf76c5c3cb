package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.merge.Derivation;
import io.lorikeet.engine.adapter.merge.MajoritySign;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.adapter.merge.Strategy;
import io.lorikeet.engine.error.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that a merge of adapters answers. */
class MergeRequestTest {
  private static final int[] PROMPT = {1, 2, 3};

  private final Engines engines = Engines.scripted();
  private Optional<LorikeetEngine> started = Optional.empty();

  @BeforeEach
  void adapters() {
    engines.adapters.put("pirate", "v1").put("poet", "v2");
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
  void theMergeAnswersUnderItsOwnGeneration() throws Exception {
    LorikeetEngine engine = start();

    Reading reading = Reading.start(engine, request("pirate", "poet"));

    assertEquals(new Completed(3, 10), reading.finish());
    GenerationId merged = generation("v1", "v2");
    assertEquals(LorikeetEngineTest.script(merged, 0, 10), reading.ids(0));
    assertEquals(new Answer.Merge(recipe("pirate", "poet"), merged), reading.accepted.answerer());
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void aReloadOfOnePartIsAnotherMergeForNewRequests() throws Exception {
    engines.with("requests.stream-credit", 4);
    LorikeetEngine engine = start();
    Reading old = Reading.start(engine, request("pirate", "poet"));
    old.next();

    engines.adapters.put("poet", "v2 again");
    Reading fresh = Reading.start(engine, request("pirate", "poet"));

    fresh.finish();
    old.ack();
    old.finish();
    assertEquals(LorikeetEngineTest.script(generation("v1", "v2 again"), 0, 10), fresh.ids(0));
    assertEquals(LorikeetEngineTest.script(generation("v1", "v2"), 0, 10), old.ids(0));
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void anUnknownPartRefusesTheRequestInItsName() throws Exception {
    LorikeetEngine engine = start();

    Answer.Rejected refused =
        assertInstanceOf(
            Answer.Rejected.class, Reading.answer(engine, request("pirate", "nobody")));

    assertEquals(ErrorCode.ADAPTER_NOT_FOUND, refused.code());
    assertEquals(
        "adapter `nobody`: there is no adapter of this name. Given: nobody", refused.message());
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void aPartThatThePrincipalMayNotUseRefusesTheRequest() throws Exception {
    engines.rights = (principal, name) -> !name.equals("poet");
    LorikeetEngine engine = start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_FORBIDDEN, Reading.answer(engine, request("pirate", "poet")));
    LorikeetEngineTest.awaitIdle(engine);
  }

  @Test
  void aClientThatLeavesLetsTheMergeGo() throws Exception {
    LorikeetEngine engine = start();

    assertInstanceOf(Answer.Accepted.class, Reading.answer(engine, request("pirate", "poet")))
        .request()
        .tell(RequestProtocol.Leave.INSTANCE);

    LorikeetEngineTest.awaitIdle(engine);
  }

  private static Generation request(String... names) {
    return Engines.request(new Target.Merged(recipe(names)), 10, PROMPT);
  }

  private static Recipe<String> recipe(String... names) {
    return new Recipe<>(
        Strategy.TIES,
        List.of(new Recipe.Part<>(names[0], 0.5), new Recipe.Part<>(names[1], 2)),
        OptionalDouble.of(0.5),
        MajoritySign.TOTAL);
  }

  private static GenerationId generation(String pirate, String poet) {
    Map<String, String> contents = Map.of("pirate", pirate, "poet", poet);
    return Derivation.of(
            recipe("pirate", "poet")
                .map(name -> ScriptedSource.generation(contents.getOrDefault(name, "none"))))
        .generation();
  }
}
