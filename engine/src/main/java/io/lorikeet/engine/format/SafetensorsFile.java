package io.lorikeet.engine.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * A mapped safetensors file: an unsigned little-endian header length, a JSON header, then the data
 * without holes. Source: the format's own description.
 *
 * <p>The tensors are views of the mapping and live as long as the arena. A file that shrinks under
 * a live mapping ends the process, so adapters are copied first and only base models are mapped
 * where they lie.
 */
public record SafetensorsFile(Path path, long headerBytes, Map<String, TensorView> tensors) {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int LENGTH_BYTES = 8;

  public SafetensorsFile {
    tensors = Map.copyOf(tensors);
  }

  /**
   * Maps and checks a file.
   *
   * @param arena owns the mapping
   * @throws io.lorikeet.engine.error.LorikeetException corrupt, with the bound that is broken
   */
  public static SafetensorsFile open(Path path, FileFamily family, FileLimits limits, Arena arena) {
    MemorySegment file;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw family.missing("`" + path.getFileName() + "` cannot be read: " + e.getMessage());
    }
    return read(path, file, family, limits);
  }

  /**
   * Checks a file that is in memory already.
   *
   * @param path for messages
   * @param file all bytes of the file; the tensors are slices of it
   * @throws io.lorikeet.engine.error.LorikeetException corrupt, with the bound that is broken
   */
  public static SafetensorsFile read(
      Path path, MemorySegment file, FileFamily family, FileLimits limits) {
    String name = "`" + path.getFileName() + "`";
    if (file.byteSize() < LENGTH_BYTES + 2) {
      throw family.corrupt(
          name + " must have at least " + (LENGTH_BYTES + 2) + " bytes. Given: " + file.byteSize());
    }
    long headerBytes = file.get(LENGTH, 0);
    if (headerBytes < 2 || headerBytes > limits.headerBytesMax()) {
      throw family.corrupt(
          name
              + " must have a header of 2 to "
              + limits.headerBytesMax()
              + " bytes. Given: "
              + Long.toUnsignedString(headerBytes));
    }
    if (headerBytes > file.byteSize() - LENGTH_BYTES) {
      throw family.corrupt(
          name + " ends inside its header of " + headerBytes + " bytes. Given: " + file.byteSize());
    }
    byte[] header = file.asSlice(LENGTH_BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
    MemorySegment data = file.asSlice(LENGTH_BYTES + headerBytes);
    return new SafetensorsFile(
        path, headerBytes, new SafetensorsHeader(name, family, limits).read(header, data));
  }
}
