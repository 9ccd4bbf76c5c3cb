package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The frame of {@code docs/goldens.md}; its numbers are held by the tests that compute them. */
final class GoldenPageTest {
  @Test
  void pageHasRowsOfEveryModelAndOfNoOther() {
    if (Boolean.getBoolean("lorikeet.write-docs")) {
      GoldenPage.write(row -> !TestModels.names().contains(row.model()), List.of());
    }
    TreeSet<String> models = new TreeSet<>();
    TreeSet<String> withBase = new TreeSet<>();
    for (GoldenPage.Row row : GoldenPage.rows()) {
      models.add(row.model());
      if (row.kind().equals(GoldenKind.BASE)) {
        withBase.add(row.model());
      }
    }
    assertEquals(new TreeSet<>(TestModels.names()), models);
    assertEquals(models, withBase);
    String rows =
        GoldenPage.rows().stream()
            .map(row -> row.text() + "\n")
            .sorted()
            .collect(Collectors.joining());
    assertEquals(GoldenPage.HEAD + rows, GoldenPage.text());
  }
}
