package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Script;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LorikeetEngineTest {
  @Test
  void answersABaseRequestWithTheTokensOfTheExecutor() throws Exception {
    LorikeetEngine engine = Engines.scripted().start();

    Reading reading = Reading.start(engine, Engines.request(Engines.base(), 10, 1, 2, 3));

    assertEquals(new Completed(3, 10), reading.finish());
    assertEquals(script(GenerationId.BASE, 10, 1, 2, 3), reading.ids(0));
    assertEquals(FinishReason.LENGTH, reading.endings().getFirst().reason());
    assertEquals(Optional.empty(), reading.accepted.adapter());
    Engines.stop(engine);
  }

  @Test
  void answersAnAdapterRequestWithThatAdaptersTokens() throws Exception {
    Engines engines = Engines.scripted();
    engines.adapters.put("pirate", "v1");
    LorikeetEngine engine = engines.start();

    Reading reading =
        Reading.start(engine, Engines.request(Engines.adapter("pirate"), 10, 1, 2, 3));

    reading.finish();
    assertEquals(script(ScriptedSource.generation("v1"), 10, 1, 2, 3), reading.ids(0));
    assertEquals(Optional.of("pirate"), reading.accepted.adapter());
    Engines.stop(engine);
  }

  @Test
  void refusesAnUnknownAdapterInTheTermsOfTheFieldThatNamedIt() throws Exception {
    LorikeetEngine engine = Engines.scripted().start();

    Reading.assertRejected(
        ErrorCode.ADAPTER_NOT_FOUND,
        Reading.answer(engine, Engines.request(Engines.adapter("nobody"), 1, 1)));
    Reading.assertRejected(
        ErrorCode.MODEL_NOT_FOUND,
        Reading.answer(engine, Engines.request(new Target.Model("nobody"), 1, 1)));
    assertTrue(engine.status().toCompletableFuture().get().ready());
    Engines.stop(engine);
  }

  static List<Integer> script(GenerationId generation, int count, int... prompt) {
    return Arrays.stream(
            Script.continuation(prompt, count, generation, SamplingParams.GREEDY, 1000))
        .boxed()
        .toList();
  }
}
