package io.lorikeet.cli.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * A folder as one compressed file, {@code .tar.gz}, which keeps links and what may be executed.
 * Names come in order and times are all the same, so that the same files give the same bytes.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">ustar</a>
 */
final class Archive {
  private static final int BLOCK = 512;
  private static final int NAME_MAX = 100;
  private static final int PREFIX_MAX = 155;
  private static final int RECORD = 20 * BLOCK;
  private static final long TIME = 1_767_225_600; // that of the build's jars: 2026-01-01

  private final OutputStream out;
  private long written;

  private Archive(OutputStream out) {
    this.out = out;
  }

  /** Writes all of a folder below its own name into a file that is not there yet. */
  static void write(Path folder, Path file) throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(folder)) {
      all = paths.sorted().toList();
    }
    String top = folder.toAbsolutePath().normalize().getFileName().toString();
    try (OutputStream out = new BufferedOutputStream(best(Files.newOutputStream(file)))) {
      Archive archive = new Archive(out);
      for (Path path : all) {
        String inside = folder.relativize(path).toString();
        archive.add(path, inside.isEmpty() ? top : top + "/" + inside);
      }
      archive.end();
    }
  }

  private static OutputStream best(OutputStream to) throws IOException {
    return new GZIPOutputStream(to, 1 << 16) {
      {
        def.setLevel(Deflater.BEST_COMPRESSION);
      }
    };
  }

  private void add(Path path, String name) throws IOException {
    if (Files.isSymbolicLink(path)) {
      header(name, 0777, 0, '2', Files.readSymbolicLink(path).toString());
    } else if (Files.isDirectory(path)) {
      header(name + "/", 0755, 0, '5', "");
    } else {
      byte[] bytes = Files.readAllBytes(path);
      header(name, Files.isExecutable(path) ? 0755 : 0644, bytes.length, '0', "");
      put(bytes);
      pad(BLOCK);
    }
  }

  private void header(String name, int mode, long size, char type, String target)
      throws IOException {
    byte[] header = new byte[BLOCK];
    int cut = prefixLength(name);
    text(header, 0, NAME_MAX, cut == 0 ? name : name.substring(cut + 1));
    octal(header, 100, 8, mode);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, size);
    octal(header, 136, 12, TIME);
    text(header, 148, 8, "        ");
    header[156] = (byte) type;
    text(header, 157, NAME_MAX, target);
    text(header, 257, 8, "ustar\00000");
    text(header, 345, PREFIX_MAX, name.substring(0, cut));
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    octal(header, 148, 7, sum);
    put(header);
  }

  /** Where a long name is cut into prefix and name, at a slash; 0 for a short one. */
  private static int prefixLength(String name) {
    if (name.getBytes(UTF_8).length <= NAME_MAX) {
      return 0;
    }
    return name.indexOf('/', name.length() - NAME_MAX - 1);
  }

  private static void octal(byte[] header, int at, int length, long value) {
    String digits = Long.toOctalString(value);
    text(header, at, length, "0".repeat(length - 1 - digits.length()) + digits);
  }

  private static void text(byte[] header, int at, int length, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    if (bytes.length > length) {
      throw new IllegalArgumentException(
          "a name in an archive must be <= %d bytes. Given: %s".formatted(length, text));
    }
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private void end() throws IOException {
    put(new byte[2 * BLOCK]);
    pad(RECORD);
  }

  private void pad(int unit) throws IOException {
    put(new byte[(int) ((unit - written % unit) % unit)]);
  }

  private void put(byte[] bytes) throws IOException {
    out.write(bytes);
    written += bytes.length;
  }
}
