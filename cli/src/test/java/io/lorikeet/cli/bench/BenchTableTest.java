package io.lorikeet.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The cells of the table, and what their adapters need. */
class BenchTableTest {
  private static final Path FOLDER = Path.of("somewhere");
  private static final Setting FIRST =
      new Setting(
          Shape.of("layers=2,hidden=64,intermediate=96,heads=4,kv-heads=2,vocab=128,context=128"),
          "bf16",
          "auto",
          "auto",
          1,
          0,
          0,
          List.of(16),
          Distribution.DISTINCT,
          8,
          4,
          1);

  @Test
  void everyNumberOfStreamsRunsOnTheBaseSharedAndOwnAdapters() {
    List<Setting> cells = BenchTable.cells(FIRST);

    assertEquals(19, cells.size());
    assertEquals(19, cells.stream().distinct().count());
    assertEquals(FIRST, cells.getFirst());
    Setting last = cells.getLast();
    assertEquals(128, last.streams());
    assertEquals(128, last.adapters());
    assertEquals(List.of(64), last.ranks());
    assertEquals(4, cells.stream().filter(cell -> cell.adapters() == 0).count());
    assertEquals(
        4, cells.stream().filter(cell -> cell.distribution() == Distribution.IDENTICAL).count());
    assertEquals(8, cells.getFirst().prompt());
  }

  @Test
  void bytesOfAdaptersAreThoseOfTheirFiles() throws Exception {
    Setting two =
        new Setting(
            FIRST.shape(),
            "bf16",
            "auto",
            "auto",
            1,
            2,
            0,
            List.of(4, 9),
            Distribution.DISTINCT,
            8,
            4,
            1);
    long files = 0;
    try (MadeUpAdapters adapters = new MadeUpAdapters(two)) {
      for (int i = 0; i < 2; i++) {
        Path file = adapters.root().resolve("adapter-" + i).resolve("adapter_model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        int header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        files += bytes.length - Long.BYTES - header;
      }
    }
    assertEquals(files, MadeUpAdapters.bytes(two));
  }

  @Test
  void adaptersThatDoNotFitOnTheDiskAreNamed() {
    Setting cell = BenchTable.cells(FIRST).getLast();
    long bytes = MadeUpAdapters.bytes(cell);

    assertEquals("", BenchTable.objection(cell, FOLDER, bytes));
    String objection = BenchTable.objection(cell, FOLDER, bytes - 1);
    assertTrue(objection.contains(bytes + " bytes in somewhere"), objection);
    assertTrue(objection.endsWith("Given: " + (bytes - 1) + " bytes free"), objection);
  }
}
