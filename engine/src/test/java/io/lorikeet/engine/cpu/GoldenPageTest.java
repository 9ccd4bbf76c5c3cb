package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
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
    assertTrue(GoldenPage.text().startsWith(GoldenPage.HEAD));
    assertEquals(new TreeSet<>(TestModels.names()), models);
    assertEquals(models, withBase);
    List<String> rows = GoldenPage.rows().stream().map(GoldenPage.Row::text).toList();
    assertEquals(rows.stream().sorted().toList(), rows);
  }
}
