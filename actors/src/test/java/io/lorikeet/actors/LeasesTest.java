package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.actors.Leases.Part;
import io.lorikeet.engine.adapter.Composition;
import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Lease;
import io.lorikeet.engine.adapter.merge.MajoritySign;
import io.lorikeet.engine.adapter.merge.Recipe;
import io.lorikeet.engine.adapter.merge.Strategy;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private long leaseIds;

  @Test
  void noAdapterIsTheBase() {
    Leases leases = new Leases(List.of());

    assertTrue(leases.complete());
    assertEquals(Composition.BASE, leases.composition());
    assertEquals(Answer.Sum.BASE, leases.answerer());
  }

  @Test
  void areCompleteWhenEveryAdapterIsThereInWhateverOrderTheyCame() {
    Leases leases = new Leases(List.of(new Part("poet", 0.5), new Part("pirate", -2)));

    leases.add(lease("pirate", "g1", true));
    assertFalse(leases.complete());
    leases.add(lease("poet", "g2", true));

    assertTrue(leases.complete());
    assertEquals(
        new Composition(
            List.of(
                new Composition.Part(new GenerationId("g1"), -2f),
                new Composition.Part(new GenerationId("g2"), 0.5f))),
        leases.composition());
    assertEquals(
        new Answer.Sum(
            List.of(
                new Answer.Adapter("poet", 0.5, new GenerationId("g2")),
                new Answer.Adapter("pirate", -2, new GenerationId("g1")))),
        leases.answerer());
  }

  @Test
  void anAdapterThatWorksAloneIsServedAloneWithWeightOne() {
    assertEquals(
        Composition.of(new GenerationId("g")), leases(new Part("alone", 1), "g").composition());
    assertRefused(ErrorCode.ADAPTER_NOT_COMPOSABLE, leases(new Part("alone", 0.5), "g"));

    Leases two = new Leases(List.of(new Part("alone", 1), new Part("pirate", 1)));
    two.add(lease("alone", "g", false));
    two.add(lease("pirate", "g1", true));
    assertRefused(ErrorCode.ADAPTER_NOT_COMPOSABLE, two);
  }

  @Test
  void namesWithTheSameFilesAreOneAdapterWithTheSumOfTheirWeights() {
    assertEquals(
        new Composition(List.of(new Composition.Part(new GenerationId("g"), 0.75f))),
        sameFiles(0.5, 0.25).composition());
    assertEquals(Composition.BASE, sameFiles(0.5, -0.5).composition());
    assertRefused(ErrorCode.PARAMETER_OUT_OF_RANGE, sameFiles(3e38, 3e38));
  }

  @Test
  void aMergeIsOneAdapterUnderAllNames() {
    Recipe<String> recipe =
        new Recipe<>(
            Strategy.LINEAR,
            List.of(new Recipe.Part<>("poet", 0.5), new Recipe.Part<>("pirate", 2)),
            OptionalDouble.empty(),
            MajoritySign.TOTAL);
    Leases leases = new Leases(recipe);
    assertFalse(leases.complete());

    leases.add(lease("poet,pirate", "merged", true));

    assertTrue(leases.complete());
    assertEquals(Composition.of(new GenerationId("merged")), leases.composition());
    assertEquals(new Answer.Merge(recipe, new GenerationId("merged")), leases.answerer());
  }

  @Test
  void aNameStandsInASumOnlyOnce() {
    LorikeetException refused =
        assertThrows(
            LorikeetException.class,
            () -> new Leases(List.of(new Part("pirate", 1), new Part("pirate", 2))));

    assertEquals(ErrorCode.PARAMETER_OUT_OF_RANGE, refused.code());
  }

  private Leases leases(Part part, String generation) {
    Leases leases = new Leases(List.of(part));
    leases.add(lease(part.name(), generation, false));
    return leases;
  }

  private Leases sameFiles(double one, double other) {
    Leases leases = new Leases(List.of(new Part("pirate", one), new Part("buccaneer", other)));
    leases.add(lease("pirate", "g", true));
    leases.add(lease("buccaneer", "g", true));
    return leases;
  }

  private Lease lease(String name, String generation, boolean composes) {
    return new Lease(++leaseIds, name, new GenerationId(generation), composes);
  }

  private static void assertRefused(ErrorCode code, Leases leases) {
    assertEquals(code, assertThrows(LorikeetException.class, leases::composition).code());
  }
}
