package io.lorikeet.engine.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ErrorCodeTest {
  @ParameterizedTest
  @EnumSource
  void wireFormIsSnakeCase(ErrorCode code) {
    assertTrue(code.wire().matches("[a-z]+(_[a-z0-9]+)*"), code.wire());
  }

  @Test
  void wireFormsAreUnique() {
    assertEquals(
        ErrorCode.values().length,
        Arrays.stream(ErrorCode.values()).map(ErrorCode::wire).collect(Collectors.toSet()).size());
  }

  @Test
  void wireFormDoesNotFollowTheMachinesLanguage() {
    Locale usual = Locale.getDefault();
    try {
      Locale.setDefault(Locale.of("tr"));
      assertEquals("request_invalid", ErrorCode.REQUEST_INVALID.wire());
    } finally {
      Locale.setDefault(usual);
    }
  }

  @Test
  void exceptionCarriesItsCodeAndCause() {
    IllegalStateException cause = new IllegalStateException("why");
    LorikeetException e = new LorikeetException(ErrorCode.INTERNAL, "what", cause);
    assertEquals(ErrorCode.INTERNAL, e.code());
    assertEquals("what", e.getMessage());
    assertEquals(cause, e.getCause());
  }
}
