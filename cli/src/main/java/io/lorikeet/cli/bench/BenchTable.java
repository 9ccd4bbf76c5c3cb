package io.lorikeet.cli.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Settings that show what rows and adapters cost: few and many streams, shared and own ones. */
public final class BenchTable {
  private static final int[] STREAMS = {1, 8, 32, 128};
  private static final int SHARED_RANK = 32;
  private static final int[] OWN_RANKS = {16, 32, 64};

  private BenchTable() {}

  /** All cells, with what else the first setting has. */
  public static List<Setting> cells(Setting first) {
    List<Setting> cells = new ArrayList<>();
    for (int streams : STREAMS) {
      Setting base = first.with("streams=" + streams);
      cells.add(base);
      cells.add(base.with("adapters=1,distribution=identical").ofRank(SHARED_RANK));
      for (int rank : OWN_RANKS) {
        if (streams > 1 || rank != SHARED_RANK) { // one stream's own adapter is the shared one
          cells.add(base.with("distribution=distinct,adapters=" + streams).ofRank(rank));
        }
      }
    }
    return cells;
  }

  /** Why a cell can't be measured here: its adapters need room on the disk; empty where it can. */
  public static String objection(Setting cell) {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      return objection(cell, folder, Files.getFileStore(folder).getUsableSpace());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String objection(Setting cell, Path folder, long freeBytes) {
    long bytes = MadeUpAdapters.bytes(cell);
    return bytes <= freeBytes
        ? ""
        : "%s: its adapters take %d bytes in %s. Given: %d bytes free"
            .formatted(cell.text(), bytes, folder, freeBytes);
  }
}
