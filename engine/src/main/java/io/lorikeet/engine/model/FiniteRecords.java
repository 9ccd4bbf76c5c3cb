package io.lorikeet.engine.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which weights are known to hold neither NaN nor infinity, so that a start need not read all of
 * them: an empty file for each model, named by a hash of its {@link WeightFiles}.
 *
 * @param folder of the files; empty: nothing is remembered
 * @param bytesMin of a model's weights; fewer are checked in no time
 */
public record FiniteRecords(Optional<Path> folder, long bytesMin) {
  /** Every start reads all weights. */
  public static final FiniteRecords NONE = new FiniteRecords(Optional.empty(), 0);

  static final int RECORDS_MAX = 256; // without content; the oldest go first

  private static final System.Logger LOG = System.getLogger(FiniteRecords.class.getName());
  private static final String EXTENSION = ".finite";

  /** Whether these very files were checked. */
  boolean hold(String fingerprint, WeightFiles files) {
    return applyTo(files) && Files.exists(file(fingerprint, files)) && files.areUnchanged();
  }

  /** Remembers files that were checked, unless they may have changed since they were stamped. */
  void add(String fingerprint, WeightFiles files) {
    if (!applyTo(files) || !files.settled() || !files.areUnchanged()) {
      return;
    }
    try {
      Path place = Files.createDirectories(folder.orElseThrow());
      Files.createFile(file(fingerprint, files));
      makeRoom(place);
    } catch (FileAlreadyExistsException _) {
      LOG.log(Level.DEBUG, "another process was quicker");
    } catch (IOException | UncheckedIOException e) {
      LOG.log(Level.WARNING, "checked weights are not remembered in " + folder.get() + ": " + e);
    }
  }

  private boolean applyTo(WeightFiles files) {
    return folder.isPresent() && !files.stamps().isEmpty() && files.bytes() >= bytesMin;
  }

  private Path file(String fingerprint, WeightFiles files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] text = (fingerprint + "\n" + files.identity()).getBytes(StandardCharsets.UTF_8);
      String name = HexFormat.of().formatHex(digest.digest(text));
      return folder.orElseThrow().resolve(name + EXTENSION);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static void makeRoom(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.list(folder)) {
      all = files.filter(file -> file.toString().endsWith(EXTENSION)).toList();
    }
    if (all.size() <= RECORDS_MAX) {
      return;
    }
    List<Path> newestFirst =
        all.stream().sorted(Comparator.comparingLong(FiniteRecords::modified).reversed()).toList();
    for (Path old : newestFirst.subList(RECORDS_MAX, all.size())) {
      Files.deleteIfExists(old);
    }
  }

  private static long modified(Path file) {
    return file.toFile().lastModified(); // 0 where another process has deleted it
  }
}
