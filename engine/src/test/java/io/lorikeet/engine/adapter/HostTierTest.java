package io.lorikeet.engine.adapter;

import static io.lorikeet.engine.adapter.Images.generation;
import static io.lorikeet.engine.adapter.Images.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class HostTierTest {
  private final HostTier tier = new HostTier(100, 3);

  @Test
  void nameStandsForTheGenerationThatWasSwappedInLast() {
    assertEquals(new Swap.Done(Optional.empty()), name("a", 1));
    assertEquals(
        new Swap.Done(Optional.of(generation(1))),
        tier.swap("a", Optional.of(generation(1)), generation(2)));
    assertEquals(Optional.of(generation(2)), tier.current("a"));
  }

  @Test
  void swapWithAnotherExpectationChangesNothing() {
    name("a", 1);
    assertEquals(
        new Swap.Mismatch(Optional.of(generation(1))),
        tier.swap("a", Optional.of(generation(7)), generation(2)));
    assertEquals(
        new Swap.Mismatch(Optional.of(generation(1))),
        tier.swap("a", Optional.empty(), generation(2)));
    assertEquals(
        new Swap.Mismatch(Optional.empty()),
        tier.swap("b", Optional.of(generation(1)), generation(2)));
    assertEquals(new Swap.Mismatch(Optional.of(generation(1))), tier.remove("a", generation(2)));
    assertEquals(Optional.of(generation(1)), tier.current("a"));
    assertEquals(1, tier.state().generations());
  }

  @Test
  void namesAreBoundedAndAFreedPlaceIsUsable() {
    name("a", 1);
    name("b", 2);
    assertEquals(new Swap.Done(Optional.empty()), name("c", 3));
    assertEquals(new Swap.TooMany(3), name("d", 4));
    tier.remove("b", generation(2));
    assertEquals(new Swap.Done(Optional.empty()), name("d", 4));
    assertEquals(List.of("a", "c", "d"), List.copyOf(tier.names()));
  }

  @Test
  void aMergeIsCachedWhileItsPartsStandAndGoesWithTheNameOfOne() {
    name("a", 1);
    name("b", 2);
    Lease lease = tier.leaseMerged("a+b", generation(9), Set.of(generation(1), generation(2)), 0);
    load(9, 10, 0);
    tier.release(lease.id());
    assertTrue(tier.image(generation(9), 1).isPresent());

    tier.swap("b", Optional.of(generation(2)), generation(3));

    assertEquals(0, tier.state().usedBytes());
    assertTrue(tier.image(generation(9), 2).isEmpty());
    assertEquals(List.of(generation(2), generation(9)), sorted(tier.takeForgotten()));
  }

  @Test
  void aMergeInUseOutlivesItsParts() {
    name("a", 1);
    Lease lease = tier.leaseMerged("a", generation(9), Set.of(generation(1)), 0);
    load(9, 10, 0);
    tier.remove("a", generation(1));
    assertTrue(tier.image(generation(9), 1).isPresent());

    tier.release(lease.id());

    assertTrue(tier.residency(generation(9)).isEmpty());
  }

  @Test
  void aMergeWithoutUserIsForgottenWithItsImage() {
    name("a", 1);
    Lease lease = tier.leaseMerged("a", generation(9), Set.of(generation(1)), 0);
    load(9, 60, 0);
    tier.release(lease.id());

    assertEquals(new Room.Granted(List.of(generation(9))), tier.reserve(generation(1), 60));

    assertTrue(tier.residency(generation(9)).isEmpty());
    assertEquals(List.of(generation(9)), tier.takeForgotten());
    assertEquals(0, tier.state().usedBytes());
  }

  @Test
  void aMergeHasNoName() {
    name("a", 1);
    Lease lease = tier.leaseMerged("a+b", generation(9), Set.of(generation(1)), 0);

    assertEquals("a+b", lease.name());
    assertEquals(Optional.empty(), tier.current("a+b"));
    assertEquals(1, tier.state().names());
  }

  @Test
  void leaseOutlivesAReloadAndTheOldGenerationGoesWithItsLastLease() {
    name("a", 1);
    Lease lease = tier.lease("a", 0).orElseThrow();
    load(1, 10, 0);
    tier.swap("a", Optional.of(generation(1)), generation(2));
    assertEquals(generation(1), lease.generation());
    assertTrue(tier.image(generation(1), 1).isPresent());
    assertEquals(generation(2), tier.lease("a", 1).orElseThrow().generation());

    assertEquals(List.of(), tier.takeForgotten());
    assertTrue(tier.release(lease.id()));
    assertTrue(tier.image(generation(1), 2).isEmpty());
    assertEquals(List.of(generation(1)), tier.takeForgotten());
    assertEquals(0, tier.state().usedBytes());
  }

  @Test
  void leaseGivenBackTwiceCountsOnce() {
    name("a", 1);
    long first = tier.lease("a", 0).orElseThrow().id();
    tier.lease("a", 0);
    assertTrue(tier.release(first));
    assertFalse(tier.release(first));
    assertEquals(1, tier.state().leases());
  }

  @Test
  void unknownNameGivesNoLease() {
    assertTrue(tier.lease("a", 0).isEmpty());
  }

  @Test
  void generationThatComesBackIsNotReportedAsForgotten() {
    name("a", 1);
    tier.remove("a", generation(1));
    name("b", 1);
    assertEquals(List.of(), tier.takeForgotten());
  }

  @Test
  void leastRecentlyUsedImageGoesFirst() {
    name("a", 1);
    name("b", 2);
    name("c", 3);
    load(1, 40, 10);
    load(2, 40, 20);
    tier.image(generation(1), 30);
    assertEquals(new Room.Granted(List.of(generation(2))), tier.reserve(generation(3), 50));
  }

  @Test
  void leasedImageGoesAfterOnesNobodyAskedFor() {
    name("a", 1);
    name("b", 2);
    name("c", 3);
    tier.lease("a", 0);
    load(1, 40, 10);
    load(2, 40, 20);
    assertEquals(new Room.Granted(List.of(generation(2))), tier.reserve(generation(3), 50));
  }

  @Test
  void pinnedImageStaysAndALoadThatNeedsItsRoomIsRefused() {
    name("a", 1);
    name("b", 2);
    load(1, 60, 0);
    tier.pin(generation(1), 0);
    assertEquals(new Room.Full(41, 40), tier.reserve(generation(2), 41));
    assertEquals(new Room.Granted(List.of()), tier.reserve(generation(2), 40));
    tier.abandon(generation(2));
    tier.unpin(generation(1));
    assertEquals(new Room.Granted(List.of(generation(1))), tier.reserve(generation(2), 100));
  }

  @Test
  void imageAtTheBudgetFitsAndOneByteMoreDoesNot() {
    name("a", 1);
    assertEquals(new Room.Full(101, 100), tier.reserve(generation(1), 101));
    assertEquals(new Room.Granted(List.of()), tier.reserve(generation(1), 100));
  }

  @Test
  void secondLoadOfTheSameGenerationWaitsForTheFirst() {
    name("a", 1);
    tier.reserve(generation(1), 10);
    assertEquals(new Room.Loading(), tier.reserve(generation(1), 10));
    tier.fill(image(generation(1), 8), 0);
    assertEquals(new Room.Present(), tier.reserve(generation(1), 10));
    assertEquals(8, tier.state().usedBytes());
    assertEquals(0, tier.state().reservedBytes());
  }

  @Test
  void imageLargerThanReservedEvictsMoreOrCountsAsAbandoned() {
    name("a", 1);
    name("b", 2);
    load(1, 60, 0);
    tier.reserve(generation(2), 40);
    assertEquals(new Room.Granted(List.of(generation(1))), tier.fill(image(generation(2), 50), 1));
    tier.pin(generation(2), 1);
    tier.reserve(generation(1), 50);
    assertEquals(new Room.Full(51, 50), tier.fill(image(generation(1), 51), 2));
    assertEquals(Residency.State.KNOWN, tier.residency(generation(1)).orElseThrow().state());
    assertEquals(0, tier.state().reservedBytes());
  }

  @Test
  void generationRemovedDuringItsLoadIsForgottenWhenTheLoadEnds() {
    name("a", 1);
    tier.reserve(generation(1), 10);
    tier.remove("a", generation(1));
    assertEquals(List.of(), tier.takeForgotten());
    tier.fill(image(generation(1), 10), 0);
    assertEquals(List.of(generation(1)), tier.takeForgotten());
    assertEquals(0, tier.state().usedBytes());
  }

  @Test
  void pinnedGenerationOutlivesItsName() {
    name("a", 1);
    load(1, 10, 0);
    tier.pin(generation(1), 0);
    tier.remove("a", generation(1));
    assertTrue(tier.image(generation(1), 0).isPresent());
    tier.unpin(generation(1));
    assertTrue(tier.image(generation(1), 0).isEmpty());
  }

  @Test
  void misuseIsAProgrammersError() {
    name("a", 1);
    assertThrows(IllegalStateException.class, () -> tier.pin(generation(1), 0));
    assertThrows(IllegalStateException.class, () -> tier.unpin(generation(1)));
    assertThrows(IllegalStateException.class, () -> tier.abandon(generation(1)));
    assertThrows(IllegalStateException.class, () -> tier.reserve(generation(9), 1));
    assertThrows(IllegalArgumentException.class, () -> tier.reserve(generation(1), 0));
    assertThrows(
        IllegalArgumentException.class, () -> tier.swap("b", Optional.empty(), GenerationId.BASE));
  }

  private Swap name(String name, int generation) {
    return tier.swap(name, Optional.empty(), generation(generation));
  }

  private void load(int generation, long bytes, long now) {
    assertEquals(new Room.Granted(List.of()), tier.reserve(generation(generation), bytes));
    assertEquals(new Room.Granted(List.of()), tier.fill(image(generation(generation), bytes), now));
  }

  private static List<GenerationId> sorted(List<GenerationId> generations) {
    return generations.stream().sorted().toList();
  }
}
