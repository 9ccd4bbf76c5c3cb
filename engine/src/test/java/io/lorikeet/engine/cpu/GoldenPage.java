package io.lorikeet.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * {@code docs/goldens.md}: how far every model is from its golden logits, by kind of run. The tests
 * that compare hold their own rows to it, or write them with {@code -Dlorikeet.write-docs=true}.
 */
final class GoldenPage {
  static final Path FILE = Path.of(System.getProperty("lorikeet.root"), "docs", "goldens.md");

  static final String HEAD =
      """
      # Goldens

      The largest deviation of any logit from what transformers and PEFT computed in float32 (`fixtures/models`), rounded up. At most 2e-4 is allowed, and greedy tokens are the same in every run.
      Prompts go through the CPU executor in chunks, and adapters in mixed batches: the bits do not change with them, nor with the CPU, so the numbers are the same everywhere.

      A kind is the method, then what it changes beside linear layers. `weighted sum` is several adapters at once in one row of a batch; `merged by PEFT` is the adapter that PEFT made of several. Kinds without
      a row are refused by name.

      This page is made by the tests that compare. To write it anew:
      `./mvnw -q -pl engine -am test -Dtest='BaseGoldenTest,AdapterGoldenTest,GoldenPageTest' -Dsurefire.failIfNoSpecifiedTests=false -Dlorikeet.write-docs=true`

      | model | kind | adapters | runs | largest deviation |
      |---|---|---|---|---|
      """;

  private GoldenPage() {}

  /** What came of the runs of one kind. */
  record Result(Set<String> adapters, Set<String> runs, float deviation) {}

  /**
   * Compares a model's rows with those of the page.
   *
   * @param kinds the kinds whose rows the caller holds; another test has the others
   */
  static void hold(String model, Predicate<String> kinds, Map<String, Result> results) {
    List<String> rows =
        results.entrySet().stream()
            .filter(e -> kinds.test(e.getKey()))
            .map(e -> row(model, e.getKey(), e.getValue()))
            .sorted()
            .toList();
    rows.forEach(System.out::println);
    if (Boolean.getBoolean("lorikeet.write-docs")) {
      write(row -> row.model.equals(model) && kinds.test(row.kind), rows);
    }
    List<String> held =
        rows().stream()
            .filter(row -> row.model.equals(model) && kinds.test(row.kind))
            .map(Row::text)
            .toList();
    assertEquals(String.join("\n", rows), String.join("\n", held), "rows of docs/goldens.md");
  }

  /** A line of the table. */
  record Row(String model, String kind, String text) {}

  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String line : text().lines().toList()) {
      String[] cells = line.split("\\|", -1);
      if (line.startsWith("| ") && cells.length == 7 && !HEAD.contains(line)) {
        rows.add(new Row(cells[1].strip(), cells[2].strip(), line));
      }
    }
    return rows;
  }

  static String text() {
    try {
      return Files.exists(FILE) ? Files.readString(FILE) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes rows out and puts others in. */
  static void write(Predicate<Row> replaced, List<String> rows) {
    StringBuilder page = new StringBuilder(HEAD);
    Stream.concat(rows().stream().filter(replaced.negate()).map(Row::text), rows.stream())
        .sorted()
        .forEach(row -> page.append(row).append('\n'));
    try {
      Files.writeString(FILE, page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String row(String model, String kind, Result result) {
    return "| %s | %s | %s | %d | %s |"
        .formatted(
            model,
            kind,
            result.adapters.isEmpty() ? "-" : result.adapters.size(),
            result.runs.size(),
            roundedUp(result.deviation));
  }

  private static String roundedUp(float deviation) {
    BigDecimal digits = new BigDecimal(deviation).round(new MathContext(2, RoundingMode.UP));
    return String.format(Locale.ROOT, "%.1e", digits);
  }
}
