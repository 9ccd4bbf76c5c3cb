package io.lorikeet.engine.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the file system knows of the files that hold a model's weights: whether they are still what
 * they were, without reading them. A file's change time can't be set, so that no content gets back
 * the stamp of another one.
 *
 * @param stamps of the files, in the order of their names; empty: no files, not readable, or a
 *     system that keeps no change times
 * @param settled whether all had been left alone for a while when they were stamped; a stamp is
 *     only as fine as the clock of the file system
 */
public record WeightFiles(List<Stamp> stamps, boolean settled) {
  /** Weights that are in no file. */
  public static final WeightFiles NONE = new WeightFiles(List.of(), false);

  private static final Duration SETTLED = Duration.ofSeconds(3); // above the clocks of all systems
  private static final String EXTENSION = ".safetensors";

  public WeightFiles {
    stamps = List.copyOf(stamps);
  }

  /**
   * One file.
   *
   * @param inode its number in the file system
   * @param modified last write
   * @param changed last change of content, name or rights
   */
  public record Stamp(Path file, long inode, long bytes, FileTime modified, FileTime changed) {}

  /** Stamps the weights of a model folder. */
  public static WeightFiles of(Path folder, Instant now) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Stamp> stamps =
          files
              .filter(file -> file.getFileName().toString().endsWith(EXTENSION))
              .sorted()
              .map(WeightFiles::stamp)
              .toList();
      Instant settledBefore = now.minus(SETTLED);
      boolean settled =
          stamps.stream()
              .allMatch(stamp ->
                  stamp.changed.toInstant().isBefore(settledBefore)
                      && stamp.modified.toInstant().isBefore(settledBefore));
      return new WeightFiles(stamps, settled);
    } catch (IllegalArgumentException | UnsupportedOperationException _) {
      return NONE; // no POSIX file system
    } catch (IOException | UncheckedIOException _) {
      return NONE; // whoever reads the files says what is wrong with them
    }
  }

  /** Bytes of all files. */
  public long bytes() {
    return stamps.stream().mapToLong(Stamp::bytes).sum();
  }

  /** All that tells these files from others, as text. */
  public String identity() {
    StringBuilder text = new StringBuilder();
    for (Stamp stamp : stamps) {
      text.append("%s %d %d ".formatted(stamp.file.getFileName(), stamp.inode, stamp.bytes))
          .append(stamp.modified.toInstant() + " " + stamp.changed.toInstant())
          .append('\n');
    }
    return text.toString();
  }

  /** Whether the files are still those that were stamped. */
  public boolean areUnchanged() {
    try {
      return stamps.stream().allMatch(stamp -> stamp(stamp.file).equals(stamp));
    } catch (UncheckedIOException _) {
      return false;
    }
  }

  private static Stamp stamp(Path file) {
    try {
      Map<String, Object> known =
          Files.readAttributes(file, "unix:ino,size,lastModifiedTime,ctime");
      if (known.get("ino") instanceof Long inode
          && known.get("size") instanceof Long bytes
          && known.get("lastModifiedTime") instanceof FileTime modified
          && known.get("ctime") instanceof FileTime changed) {
        return new Stamp(file, inode, bytes, modified, changed);
      }
      throw new UnsupportedOperationException("the file system keeps no change times");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
