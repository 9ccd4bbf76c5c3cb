package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.typesafe.config.ConfigFactory;
import io.lorikeet.actors.AdapterManagerActor.Resolution;
import io.lorikeet.actors.metrics.EngineMetrics;
import io.lorikeet.engine.adapter.merge.Derivation;
import io.lorikeet.engine.adapter.merge.MajoritySign;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.adapter.merge.Strategy;
import io.lorikeet.engine.error.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResolveMergeTest {
  private static final Recipe<String> RECIPE =
      new Recipe<>(
          Strategy.LINEAR,
          List.of(new Recipe.Part<>("a", 0.5), new Recipe.Part<>("b", 2)),
          OptionalDouble.empty(),
          MajoritySign.TOTAL);

  private final ActorTestKit kit =
      ActorTestKit.create(
          "merges",
          Engines.forTests()
              .withFallback(ConfigFactory.parseResources(getClass(), "/lorikeet-pekko.conf"))
              .withFallback(ConfigFactory.load()));
  private final ScriptedSource source = new ScriptedSource().put("a", "v1").put("b", "v2");
  private final ActorRef<AdapterManagerActor.Command> manager =
      kit.spawn(
          AdapterManagerActor.create(
              new AdapterManagerActor.Parts(
                  BookDriver.SETTINGS,
                  source,
                  new AdapterNumbers(10),
                  (principal, name) -> !(principal.equals("guest") && name.equals("b")),
                  EngineMetrics.create("base"),
                  System::nanoTime)));

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void aMergeIsOneLeaseOnWhatItsPartsMake() {
    TestProbe<Resolution> holder = kit.createTestProbe();

    manager.tell(new AdapterManagerActor.ResolveMerge("owner", RECIPE, holder.ref()));

    Resolution.Granted granted =
        assertInstanceOf(Resolution.Granted.class, holder.receiveMessage(Engines.PATIENCE));
    assertEquals(
        Derivation.of(RECIPE.map(name -> ScriptedSource.generation(name.equals("a") ? "v1" : "v2")))
            .generation(),
        granted.lease().generation());
    assertEquals("a,b", granted.lease().name());
  }

  @Test
  void whoMayNotUseEveryPartGetsNoMergeAndNothingIsLoaded() {
    TestProbe<Resolution> holder = kit.createTestProbe();

    manager.tell(new AdapterManagerActor.ResolveMerge("guest", RECIPE, holder.ref()));

    Resolution.Refused refused =
        assertInstanceOf(Resolution.Refused.class, holder.receiveMessage(Engines.PATIENCE));
    assertEquals("b", refused.name());
    assertEquals(ErrorCode.ADAPTER_FORBIDDEN, refused.code());
    holder.expectNoMessage(Duration.ZERO);
    assertEquals(0, source.copies.get());
  }
}
