package io.lorikeet.engine.cpu;

import io.lorikeet.config.WeightCacheSettings;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.WeightFiles;
import io.lorikeet.engine.step.WeightPlan;
import io.lorikeet.kernels.BlockFormat;
import io.lorikeet.kernels.Kernels;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.QuantizedMatrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Packed weights on disk, one file for a model and a plan. A file is found by what the file system
 * says of the model's files, then held to its checksums and, in every matrix, to a group of rows
 * that is packed anew (docs/decisions/0009-packed-weights-are-kept.md). What can't be used is
 * deleted and made again; what can't be written is left out. Processes may share a folder.
 */
final class WeightCache {
  private static final System.Logger LOG = System.getLogger(WeightCache.class.getName());
  private static final String EXTENSION = ".packed";
  private static final String UNFINISHED = ".tmp";
  private static final Duration UNFINISHED_MAX = Duration.ofDays(1); // then its writer is dead
  private static final int NAME_BYTES = 16; // of the key
  private static final long STRIDE = 7919; // between the groups that are looked at; a prime

  private final WeightCacheSettings settings;
  private final WeightFiles files;
  private final WeightPlan plan;
  private final byte[] key;
  private final Optional<Path> folder; // empty: nothing is kept
  private final String name;

  WeightCache(WeightCacheSettings settings, LoadedModel model, WeightPlan plan) {
    this.settings = settings;
    this.plan = plan;
    files = model.files();
    key = key(model, plan);
    boolean isKept = !files.stamps().isEmpty() && plan.packedBytes() >= settings.bytesMin();
    folder = settings.directory().filter(_ -> isKept);
    name = HexFormat.of().formatHex(key, 0, NAME_BYTES) + EXTENSION;
  }

  private static byte[] key(LoadedModel model, WeightPlan plan) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      StringBuilder text = new StringBuilder("layout " + QuantizedMatrix.LAYOUT);
      text.append('\n').append(model.fingerprint()).append('\n');
      text.append(model.files().identity());
      plan.entries()
          .forEach(entry ->
              text.append(
                  "%s %s %d %d%n"
                      .formatted(
                          entry.name(),
                          entry.format(),
                          entry.matrix().rows(),
                          entry.matrix().cols())));
      return digest.digest(text.toString().getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /**
   * The packed memory of the plan, mapped, where it is kept and still right.
   *
   * @param arena owns the mapping
   */
  Optional<MemorySegment> find(Kernels kernels, WorkerPool pool, Arena arena) {
    if (folder.isEmpty() || !files.areUnchanged()) {
      return Optional.empty();
    }
    Path path = folder.get().resolve(name);
    long begin = System.nanoTime();
    try {
      Optional<MemorySegment> packed =
          switch (PackedFile.open(path, key, plan.packedBytes(), pool, arena)) {
            case PackedFile.Content.Packed(MemorySegment found) when isOfModel(found, kernels) ->
                Optional.of(found);
            case PackedFile.Content.Packed _ -> unusable(path, "is not of the model's weights");
            case PackedFile.Content.Unusable(String reason) -> unusable(path, reason);
          };
      if (packed.isPresent()) {
        double seconds = (System.nanoTime() - begin) / 1e9;
        LOG.log(Level.INFO, "packed weights come from %s, in %.1f s".formatted(path, seconds));
        used(path);
      }
      return packed;
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException e) {
      return unusable(path, "cannot be read: " + e);
    }
  }

  // Another checkpoint under the same stamps would differ in nearly every group of rows.
  private boolean isOfModel(MemorySegment packed, Kernels kernels) {
    for (int e = 0; e < plan.entries().size(); e++) {
      if (!isOfModel(plan.entries().get(e), e * STRIDE, packed, kernels)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOfModel(
      WeightPlan.Entry entry, long choice, MemorySegment packed, Kernels kernels) {
    Matrix w = entry.matrix();
    int group = (int) (choice % QuantizedMatrix.groups(w.rows()));
    int begin = group * BlockFormat.GROUP;
    Matrix rows = w.rows(begin, Math.min(w.rows(), begin + BlockFormat.GROUP));
    try (Arena arena = Arena.ofConfined()) {
      QuantizedMatrix fresh =
          QuantizedMatrix.allocate(entry.format(), rows.rows(), rows.cols(), arena);
      kernels.pack(rows, fresh, 0, 1);
      long at = entry.offset() + WeightPacking.matrix(entry, packed).unit(group, 0);
      return fresh.data().mismatch(packed.asSlice(at, fresh.data().byteSize())) == -1;
    }
  }

  private static Optional<MemorySegment> unusable(Path path, String reason) {
    LOG.log(Level.WARNING, path + " " + reason + ": the weights are packed again");
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.log(Level.WARNING, path + " cannot be deleted: " + e);
    }
    return Optional.empty();
  }

  private static void used(Path path) {
    try {
      Files.setLastModifiedTime(path, FileTime.from(Instant.now()));
    } catch (IOException e) {
      LOG.log(Level.DEBUG, path + " keeps its time: " + e);
    }
  }

  /** Keeps packed memory for the next start, where the model's files have stood still. */
  void keep(MemorySegment packed, WorkerPool pool) {
    if (folder.isEmpty() || !files.settled() || !files.areUnchanged()) {
      return;
    }
    long bytes = PackedFile.fileBytes(key.length, packed.byteSize());
    if (bytes > settings.bytesMax()) {
      LOG.log(
          Level.INFO,
          "packed weights are not kept: `engine.weights-cache-bytes` must be >= %d. Given: %d"
              .formatted(bytes, settings.bytesMax()));
      return;
    }
    Path place = folder.get();
    Path unfinished = place.resolve(name + "." + UUID.randomUUID() + UNFINISHED);
    try {
      Files.createDirectories(place);
      makeRoom(place, settings.bytesMax() - bytes);
      PackedFile.write(unfinished, key, packed, pool);
      if (files.areUnchanged()) {
        Files.move(unfinished, place.resolve(name), StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.log(Level.WARNING, "packed weights are not kept in " + place + ": " + e);
    } finally {
      delete(unfinished);
    }
  }

  // Whoever has mapped a file keeps its pages.
  private static void makeRoom(Path folder, long bytesMax) throws IOException {
    long sum = 0;
    FileTime old = FileTime.from(Instant.now().minus(UNFINISHED_MAX));
    for (Kept kept : kept(folder)) {
      sum += kept.bytes;
      boolean isLeft = kept.isUnfinished() && kept.used.compareTo(old) < 0;
      if (isLeft || (sum > bytesMax && !kept.isUnfinished())) {
        sum -= kept.bytes;
        delete(kept.path);
      }
    }
  }

  private record Kept(Path path, long bytes, FileTime used) {
    boolean isUnfinished() {
      return path.toString().endsWith(UNFINISHED);
    }
  }

  // The last used one first.
  private static List<Kept> kept(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(f -> f.toString().endsWith(EXTENSION) || f.toString().endsWith(UNFINISHED))
          .flatMap(f -> of(f).stream())
          .sorted((a, b) -> b.used.compareTo(a.used))
          .toList();
    }
  }

  private static Optional<Kept> of(Path file) {
    try {
      return Optional.of(new Kept(file, Files.size(file), Files.getLastModifiedTime(file)));
    } catch (NoSuchFileException _) {
      return Optional.empty(); // another process was quicker
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.log(Level.WARNING, file + " cannot be deleted: " + e);
    }
  }
}
