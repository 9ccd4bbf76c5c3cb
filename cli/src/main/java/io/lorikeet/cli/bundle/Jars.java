package io.lorikeet.cli.bundle;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Writes the parts of a class path as jars into one folder, without natives of other platforms.
 * Entries are stored, not compressed: an archive of all jars compresses them better than one by
 * one, and classes load sooner.
 */
final class Jars {
  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

  private final Platform platform;
  private final Path folder;
  private final Set<String> names = new HashSet<>();
  private final Set<String> entries = new HashSet<>();

  /**
   * @param folder that is there
   */
  Jars(Platform platform, Path folder) {
    this.platform = platform;
    this.folder = folder;
  }

  /**
   * Writes a jar for each part, a jar or a folder.
   *
   * @throws LorikeetException BUNDLE_PART_MISSING
   */
  void write(List<Path> classPath) throws IOException {
    for (Path part : classPath) {
      if (Files.isDirectory(part)) {
        writeFolder(part);
      } else if (Files.isRegularFile(part)) {
        writeJar(part);
      } else {
        throw new LorikeetException(
            ErrorCode.BUNDLE_PART_MISSING,
            "every part of the class path must be a jar or a folder. Given: " + part);
      }
    }
  }

  /** Whether a part that was written holds this entry. */
  boolean contains(String entry) {
    return entries.contains(entry);
  }

  private void writeJar(Path part) throws IOException {
    try (ZipFile from = new ZipFile(part.toFile());
        ZipOutputStream to = open(part.getFileName().toString())) {
      for (ZipEntry entry : Collections.list(from.entries())) {
        if (platform.keeps(entry.getName())) {
          put(to, entry.getName(), entry.isDirectory() ? new byte[0] : bytes(from, entry));
        }
      }
    }
  }

  private static byte[] bytes(ZipFile from, ZipEntry entry) throws IOException {
    try (InputStream in = from.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  // Of a build that has not packed its modules yet: MODULE/target/classes.
  private void writeFolder(Path part) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(part)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    Path module = part.toAbsolutePath().normalize().getParent();
    Path name = module == null ? null : module.resolveSibling("").getFileName();
    try (ZipOutputStream to = open((name == null ? "classes" : name) + ".jar")) {
      for (Path file : files) {
        String entry = part.relativize(file).toString();
        if (platform.keeps(entry)) {
          put(to, entry, Files.readAllBytes(file));
        }
      }
    }
  }

  private ZipOutputStream open(String wanted) throws IOException {
    String name = wanted;
    for (int i = 2; !names.add(name); i++) {
      name = wanted.replaceFirst("\\.jar$", "-" + i + ".jar");
    }
    OutputStream file = Files.newOutputStream(folder.resolve(name));
    ZipOutputStream jar = new ZipOutputStream(new BufferedOutputStream(file));
    jar.setMethod(ZipOutputStream.STORED);
    return jar;
  }

  private void put(ZipOutputStream to, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(EPOCH);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    to.putNextEntry(entry);
    to.write(bytes);
    to.closeEntry();
    entries.add(name);
  }
}
