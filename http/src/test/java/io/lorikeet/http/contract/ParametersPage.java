package io.lorikeet.http.contract;

import io.lorikeet.http.json.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The tables of {@code docs/parameters.md}. */
public final class ParametersPage {
  private static final Path PAGE =
      Path.of(System.getProperty("lorikeet.root"), "docs", "parameters.md");
  private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| ([a-z, ]+) \\| (.*) \\|");
  private static final String REFUSED = "refused";

  /**
   * One row.
   *
   * @param here what becomes of the parameter
   * @param note its values, or what to send instead
   */
  public record Row(String name, String here, String note) {}

  private ParametersPage() {}

  /** The rows below a heading. */
  public static List<Row> rows(String heading) throws IOException {
    String page = Files.readString(PAGE) + "\n## ";
    int start = page.indexOf("\n## " + heading + "\n") + 1;
    List<Row> rows = new ArrayList<>();
    for (String line : page.substring(start, page.indexOf("\n## ", start)).lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        rows.add(new Row(row.group(1), row.group(2), row.group(3)));
      }
    }
    return rows;
  }

  /** The refused parameters below a heading, sorted, a line each. */
  public static String refused(String heading) throws IOException {
    return lines(rows(heading).stream().filter(row -> row.here().equals(REFUSED)).toList());
  }

  /** The lines that the code's refusals make. */
  public static String lines(List<Refused> first, List<Refused> second) {
    List<Row> rows = new ArrayList<>();
    first.forEach(each -> rows.add(new Row(each.name(), REFUSED, each.rule())));
    second.forEach(each -> rows.add(new Row(each.name(), REFUSED, each.rule())));
    return lines(rows);
  }

  private static String lines(Collection<Row> rows) {
    return rows.stream()
        .map(row -> "`" + row.name() + "`: " + row.note())
        .sorted()
        .collect(Collectors.joining("\n"));
  }
}
