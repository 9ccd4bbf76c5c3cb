package io.lorikeet.engine.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class InvocationTest {
  private final Invocation invocation = new Invocation(7, 8);

  @Test
  void adapterActsFromTheFirstTokenOfTheLastOccurrenceOn() {
    assertEquals(OptionalInt.of(4), invocation.activeFrom(new int[] {1, 7, 8, 2, 7, 8, 3}));
    assertEquals(OptionalInt.of(0), invocation.activeFrom(new int[] {7, 8}));
    assertEquals(OptionalInt.of(1), new Invocation(5, 5).activeFrom(new int[] {5, 5, 5}));
  }

  @Test
  void promptWithoutTheTokensDoesNotWakeIt() {
    assertEquals(OptionalInt.empty(), invocation.activeFrom(new int[] {7, 1, 8, 7}));
    assertEquals(OptionalInt.empty(), invocation.activeFrom(new int[] {7}));
    assertEquals(OptionalInt.empty(), invocation.activeFrom(new int[0]));
  }

  @Test
  void adapterWithoutInvocationActsFromTheStart() {
    assertEquals(OptionalInt.of(0), Invocation.ALWAYS.activeFrom(new int[] {1, 2, 3}));
  }
}
