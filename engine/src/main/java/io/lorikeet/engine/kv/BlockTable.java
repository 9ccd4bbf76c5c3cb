package io.lorikeet.engine.kv;

import java.util.Arrays;

/** The blocks of one sequence, in the order of its positions. Owns one reference to each. */
public final class BlockTable {
  private final BlockPool pool;
  private final int blockTokens;
  private int[] blocks = new int[8];
  private int count;

  /**
   * @param blockTokens positions of one block
   */
  public BlockTable(BlockPool pool, int blockTokens) {
    this.pool = pool;
    this.blockTokens = blockTokens;
  }

  /** Blocks that hold so many positions. */
  public static int blocksFor(int positions, int blockTokens) {
    return (int) (((long) positions + blockTokens - 1) / blockTokens);
  }

  /** Blocks that must be added before positions {@code [0, positions)} have a place. */
  public int missing(int positions) {
    return Math.max(0, blocksFor(positions, blockTokens) - count);
  }

  /** Adds blocks until positions {@code [0, positions)} have a place; enough must be free. */
  public void cover(int positions) {
    int needed = count + missing(positions);
    if (needed > blocks.length) {
      blocks = Arrays.copyOf(blocks, Math.max(needed, 2 * blocks.length));
    }
    while (count < needed) {
      blocks[count++] = pool.allocate();
    }
  }

  /**
   * Gives all blocks back.
   *
   * @param lastUse the last submitted step in which the sequence took part
   */
  public void release(long lastUse) {
    for (int i = 0; i < count; i++) {
      pool.release(blocks[i], lastUse);
    }
    count = 0;
  }

  public int size() {
    return count;
  }

  public int block(int index) {
    if (index >= count) {
      throw new IndexOutOfBoundsException("block index must be < " + count + ". Given: " + index);
    }
    return blocks[index];
  }

  /** Writes the first {@code length} blocks to {@code target} and returns the end offset. */
  public int copyTo(int[] target, int offset, int length) {
    if (length > count) {
      throw new IndexOutOfBoundsException("length must be <= " + count + ". Given: " + length);
    }
    System.arraycopy(blocks, 0, target, offset, length);
    return offset + length;
  }
}
