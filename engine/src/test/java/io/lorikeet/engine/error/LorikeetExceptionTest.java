package io.lorikeet.engine.error;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class LorikeetExceptionTest {
  @Test
  void messageIsOneLine() {
    assertEquals("a b c", message("a\nb\u001bc"));
  }

  @Test
  void messageIsBounded() {
    assertEquals("x".repeat(2_000), message("x".repeat(2_000)));
    assertEquals("x".repeat(2_000) + "...", message("x".repeat(2_001)));
  }

  private static String message(String text) {
    return String.valueOf(new LorikeetException(ErrorCode.INTERNAL, text).getMessage());
  }
}
