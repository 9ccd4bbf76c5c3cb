package io.lorikeet.engine.kv;

import io.lorikeet.engine.memory.RetireQueue;

/**
 * KV blocks by number, reference counted. A block is free, used or retiring: given up while a step
 * in flight may still touch it. Free, used and retiring blocks add up to all blocks.
 */
public final class BlockPool {
  private final int[] references; // [blocks]
  private final int[] free; // stack
  private final RetireQueue retiring;
  private int freeCount;
  private int usedCount;
  private long taken;

  /**
   * @param blocks blocks in all
   * @param taken the last step that was taken; blocks whose last use is later retire first
   */
  public BlockPool(int blocks, long taken) {
    references = new int[blocks];
    free = new int[blocks];
    retiring = new RetireQueue(blocks);
    this.taken = taken;
    for (int block = blocks - 1; block >= 0; block--) {
      free[freeCount++] = block;
    }
  }

  /** Takes a free block with one reference. There must be one. */
  public int allocate() {
    if (freeCount == 0) {
      throw new IllegalStateException("no block is free");
    }
    int block = free[--freeCount];
    assert references[block] == 0 : "free block " + block + " is referenced";
    references[block] = 1;
    usedCount++;
    return block;
  }

  /** Adds a reference to a used block. */
  public void share(int block) {
    if (references[block] == 0) {
      throw new IllegalStateException("block " + block + " is not used");
    }
    references[block]++;
  }

  /**
   * Drops a reference; with the last one the block retires.
   *
   * @param lastUse the last submitted step in which the caller used the block
   */
  public void release(int block, long lastUse) {
    if (references[block] == 0) {
      throw new IllegalStateException("block " + block + " is not used");
    }
    if (--references[block] == 0) {
      usedCount--;
      retiring.add(block, lastUse);
      settle();
    }
  }

  /** All steps up to this one were taken: blocks that waited for them are free. */
  public void taken(long step) {
    taken = step;
    settle();
  }

  public int total() {
    return references.length;
  }

  public int free() {
    return freeCount;
  }

  public int used() {
    return usedCount;
  }

  public int retiring() {
    return retiring.size();
  }

  /** References to a block; 0 when it is free or retiring. */
  public int references(int block) {
    return references[block];
  }

  private void settle() {
    while (retiring.ready(taken)) {
      free[freeCount++] = retiring.poll();
    }
    assert freeCount + usedCount + retiring.size() == references.length
        : freeCount + " free, " + usedCount + " used, " + retiring.size() + " retiring";
  }
}
