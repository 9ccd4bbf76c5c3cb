package io.lorikeet.engine.cpu;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A file of packed weights: a header with the key of what it holds and a checksum for each chunk,
 * then, on a page of its own, the memory as it is. Little endian. Files are written once under a
 * name that nobody reads and never changed, so that a mapping stays good while others replace or
 * delete the file.
 */
final class PackedFile {
  private static final long MAGIC = 0x314b434150494b4cL; // "LKIPACK1"
  private static final int CHUNK = 4 << 20;
  private static final int PAGE = 4096;
  private static final int FIXED = Long.BYTES + Integer.BYTES + Long.BYTES; // before the key
  private static final int WRITE_BYTES = 64 << 20; // of one call

  /** What a file turned out to be. */
  sealed interface Content {
    /**
     * What was asked for.
     *
     * @param packed read-only, mapped
     */
    record Packed(MemorySegment packed) implements Content {}

    /** Something else, or damaged. */
    record Unusable(String reason) implements Content {}
  }

  private PackedFile() {}

  /** Bytes of the file that holds so many. */
  static long fileBytes(int keyBytes, long packedBytes) {
    return dataOffset(keyBytes, packedBytes) + packedBytes;
  }

  /** Writes a file that is not there yet. */
  static void write(Path file, byte[] key, MemorySegment packed, WorkerPool pool)
      throws IOException {
    ByteBuffer header = header(key, packed.byteSize(), checksums(packed, pool));
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeAll(channel, header);
      for (long at = 0; at < packed.byteSize(); at += WRITE_BYTES) {
        long count = Math.min(WRITE_BYTES, packed.byteSize() - at);
        writeAll(channel, packed.asSlice(at, count).asByteBuffer());
      }
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /**
   * Maps a file and reads all of it once.
   *
   * @param arena owns the mapping
   */
  static Content open(Path file, byte[] key, long packedBytes, WorkerPool pool, Arena arena)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long bytes = fileBytes(key.length, packedBytes);
      if (channel.size() != bytes) {
        return new Content.Unusable(
            "must have %d bytes. Given: %d".formatted(bytes, channel.size()));
      }
      ByteBuffer stored = read(channel, (int) dataOffset(key.length, packedBytes));
      int[] expected = new int[chunks(packedBytes)];
      stored.position(FIXED + key.length);
      stored.asIntBuffer().get(expected);
      if (!header(key, packedBytes, expected).equals(stored.rewind())) {
        return new Content.Unusable("has a damaged header");
      }
      MemorySegment packed =
          channel.map(
              FileChannel.MapMode.READ_ONLY,
              dataOffset(key.length, packedBytes),
              packedBytes,
              arena);
      return Arrays.equals(expected, checksums(packed, pool))
          ? new Content.Packed(packed)
          : new Content.Unusable("has damaged weights");
    }
  }

  private static ByteBuffer read(FileChannel channel, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      // goes on where it ended
    }
    return buffer.rewind();
  }

  private static ByteBuffer header(byte[] key, long packedBytes, int[] checksums) {
    ByteBuffer header =
        ByteBuffer.allocate((int) dataOffset(key.length, packedBytes))
            .order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(CHUNK).putLong(packedBytes).put(key);
    Arrays.stream(checksums).forEach(header::putInt);
    CRC32C own = new CRC32C();
    own.update(header.array(), 0, header.position());
    header.putInt((int) own.getValue());
    return header.rewind();
  }

  private static long dataOffset(int keyBytes, long packedBytes) {
    long bytes = FIXED + keyBytes + (long) Integer.BYTES * (chunks(packedBytes) + 1);
    return Math.ceilDiv(bytes, PAGE) * PAGE;
  }

  private static int chunks(long packedBytes) {
    return Math.toIntExact(Math.ceilDiv(packedBytes, CHUNK));
  }

  private static int[] checksums(MemorySegment packed, WorkerPool pool) {
    int[] sums = new int[chunks(packed.byteSize())];
    pool.run(part -> {
      for (int c = pool.begin(sums.length, part); c < pool.end(sums.length, part); c++) {
        long at = (long) c * CHUNK;
        CRC32C sum = new CRC32C();
        sum.update(packed.asSlice(at, Math.min(CHUNK, packed.byteSize() - at)).asByteBuffer());
        sums[c] = (int) sum.getValue();
      }
    });
    return sums;
  }
}
