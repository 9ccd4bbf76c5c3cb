package io.lorikeet.engine.format.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class InvalidAdaptersTest {
  private static final LoadedModel LLAMA = ModelFolder.load(Fixtures.path("models", "llama"));

  @ParameterizedTest
  @MethodSource("names")
  void defectiveAdapterIsRefusedWithOneOfItsCodes(String name, @TempDir Path temp)
      throws IOException {
    Path folder = Fixtures.path("invalid-adapters", name);
    Path copy = Fixtures.copyWithLink(folder, temp);

    LorikeetException refusal =
        assertThrows(
            LorikeetException.class,
            () ->
                AdapterFolder.read(
                    AdapterFolder.copy(copy, AdapterLimits.DEFAULT), LLAMA, warning -> {}));

    Set<String> codes = Fixtures.expectedCodes(folder);
    assertTrue(
        codes.contains(refusal.code().wire()),
        () -> codes + ", but " + refusal.code().wire() + ": " + refusal.getMessage());
  }

  @Test
  void namesThatCouldBecomeAnotherPathAreRefused() {
    for (JsonNode name :
        Fixtures.json(Fixtures.path("invalid-adapters", "names.json")).get("names")) {
      LorikeetException refusal =
          assertThrows(
              LorikeetException.class, () -> AdapterNames.check(name.textValue()), name::toString);
      assertEquals(ErrorCode.ADAPTER_NAME_INVALID, refusal.code());
    }
  }

  @Test
  void ordinaryNamesPassUpToTheLongest() {
    for (String name : List.of("a", "qv-r4", "org/name", "a.b_c-1", "A/b/c", "x".repeat(200))) {
      assertEquals(name, AdapterNames.check(name));
    }
    for (String name :
        List.of(
            "x".repeat(201), "a//b", "a/", "/a", ".a", "a/.b", "-a", "a b", "a:b", "ä", "a\n")) {
      assertThrows(LorikeetException.class, () -> AdapterNames.check(name), name);
    }
  }

  static List<String> names() {
    return Fixtures.folders(Fixtures.path("invalid-adapters"));
  }
}
