package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class InvalidModelsTest {
  @ParameterizedTest
  @MethodSource("names")
  void defectiveModelIsRefusedWithOneOfItsCodes(String name, @TempDir Path temp)
      throws IOException {
    Path folder = Fixtures.path("invalid-models", name);
    Path copy = Fixtures.copyWithLink(folder, temp);

    LorikeetException refusal = assertThrows(LorikeetException.class, () -> ModelFolder.load(copy));

    Set<String> codes = Fixtures.expectedCodes(folder);
    assertTrue(
        codes.contains(refusal.code().wire()),
        () -> codes + ", but " + refusal.code().wire() + ": " + refusal.getMessage());
  }

  static List<String> names() {
    return Fixtures.folders(Fixtures.path("invalid-models"));
  }
}
