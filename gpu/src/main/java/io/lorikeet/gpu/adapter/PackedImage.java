package io.lorikeet.gpu.adapter;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.lorikeet.engine.adapter.AdapterImage;
import java.lang.foreign.MemorySegment;

/**
 * An image in one piece, as the device holds it, and the record of a slot that holds it. Immutable;
 * its memory goes when the last reference does.
 *
 * @param image what was packed
 * @param content all matrices and vectors
 * @param record the slot's record, its pointers counted from the content's start
 * @param pointers where pointers stand in the record
 * @param rankMax largest rank
 * @param linear whether it only changes outputs of the decoder's linear layers
 */
record PackedImage(
    AdapterImage image,
    MemorySegment content,
    MemorySegment record,
    int[] pointers,
    int rankMax,
    boolean linear) {

  /** Writes the record for content that lies at an address. */
  void writeRecord(long address, MemorySegment to) {
    MemorySegment.copy(record, 0, to, 0, record.byteSize());
    for (int at : pointers) {
      to.set(JAVA_LONG_UNALIGNED, at, address + to.get(JAVA_LONG_UNALIGNED, at));
    }
  }
}
