package io.lorikeet.load;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Writes what was measured: a table for people, JSON for machines, and what went wrong. */
record Report(String name, String plan, List<Ledger.Line> lines, List<String> faults) {
  private static final String HEAD =
      """
      | adapter | streams | bad | lost | first text ms: p50 | p95 | p99 | between texts ms: p50 | p95 | p99 |
      |---|---|---|---|---|---|---|---|---|---|
      """;

  /** Into {@code NAME.md}, {@code NAME.json} and, where something is wrong, {@code NAME.faults}. */
  void write(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(name + ".md"), markdown());
      Files.writeString(folder.resolve(name + ".json"), json().toPrettyString() + "\n");
      Path wrong = folder.resolve(name + ".faults");
      Files.deleteIfExists(wrong);
      if (!isGood()) {
        Files.writeString(wrong, String.join("\n", faults) + "\n");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether there were streams, and each had its right end. */
  boolean isGood() {
    Ledger.Line all = lines.getFirst();
    return all.begun() > 0 && all.good() == all.begun();
  }

  String markdown() {
    StringBuilder text = new StringBuilder("## " + name + "\n\n" + plan + "\n\n" + HEAD);
    for (Ledger.Line line : lines) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %d | %d | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |%n",
              line.adapter(),
              line.begun(),
              line.bad(),
              line.lost(),
              line.firsts().p50(),
              line.firsts().p95(),
              line.firsts().p99(),
              line.gaps().p50(),
              line.gaps().p95(),
              line.gaps().p99()));
    }
    faults.forEach(fault -> text.append("\n- ").append(fault));
    return text.append('\n').toString();
  }

  ObjectNode json() {
    ObjectNode root = Golden.JSON.createObjectNode().put("name", name).put("plan", plan);
    for (Ledger.Line line : lines) {
      ObjectNode adapter = root.withArray("adapters").addObject();
      adapter
          .put("adapter", line.adapter())
          .put("streams", line.begun())
          .put("bad", line.bad())
          .put("lost", line.lost());
      put(adapter.putObject("first_text_ms"), line.firsts());
      put(adapter.putObject("between_texts_ms"), line.gaps());
    }
    faults.forEach(root.putArray("faults")::add);
    return root;
  }

  private static void put(ObjectNode node, Times times) {
    node.put("count", times.count())
        .put("p50", times.p50())
        .put("p95", times.p95())
        .put("p99", times.p99())
        .put("max", times.max());
  }
}
