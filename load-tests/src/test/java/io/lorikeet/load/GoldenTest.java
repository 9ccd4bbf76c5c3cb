package io.lorikeet.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class GoldenTest {
  private final Golden golden = Golden.read(Path.of("../models/demo"));

  @Test
  void theBaseAndItsAdaptersHaveAnswers() {
    for (String name : List.of("demo", "pirate", "json", "shout", "brief", "emoji")) {
      assertFalse(golden.of(name).isEmpty(), name);
    }
  }

  @Test
  void aCopyAnswersAsItsAdapter() {
    assertEquals(golden.of("pirate"), golden.of("pirate-12"));
  }

  @Test
  void whoHasNoAnswersIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> golden.of("poet"));
  }
}
