package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lorikeet.actors.Engine.NumberedAdapter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdapterNumbersTest {
  private final AdapterNumbers numbers = new AdapterNumbers(3);

  @Test
  void namesThatAreSeenTogetherAreNumberedInTheirOrder() {
    numbers.learn(List.of("poet", "pirate"));

    assertEquals(
        List.of(new NumberedAdapter(0, "pirate"), new NumberedAdapter(1, "poet")),
        numbers.of(List.of("poet", "pirate")));
  }

  @Test
  void aNumberNeverMeansAnotherAdapter() {
    numbers.learn(List.of("poet"));

    numbers.learn(List.of("brief"));
    numbers.learn(List.of("poet", "brief"));

    assertEquals(Optional.of("poet"), numbers.name(0));
    assertEquals(Optional.of("brief"), numbers.name(1));
    assertEquals(List.of(new NumberedAdapter(1, "brief")), numbers.of(List.of("brief")));
  }

  @Test
  void namesBeyondTheLimitGetNoNumber() {
    numbers.learn(List.of("a", "b", "c"));

    numbers.learn(List.of("d"));

    assertEquals(Optional.of("c"), numbers.name(2));
    assertEquals(Optional.empty(), numbers.name(3));
    assertEquals(List.of(), numbers.of(List.of("d")));
  }

  @Test
  void numbersThatNobodyHasNameNothing() {
    numbers.learn(List.of("a"));

    assertEquals(Optional.empty(), numbers.name(-1));
    assertEquals(Optional.empty(), numbers.name(Integer.MAX_VALUE));
  }
}
