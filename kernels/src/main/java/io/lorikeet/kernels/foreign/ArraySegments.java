package io.lorikeet.kernels.foreign;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The segments of arrays that calls were given before. A step gives C the same few arrays thousands
 * of times; whether the compiler takes a segment apart that is made for one call depends on what it
 * saw before, so none is.
 *
 * <p>Confined to a thread, as {@link #ofThread}. Holds on to an array until others take its place
 * or the thread ends.
 */
final class ArraySegments {
  private static final ThreadLocal<ArraySegments> OF_THREAD =
      ThreadLocal.withInitial(ArraySegments::new);
  private static final int SETS = 64;
  private static final int WAYS = 4;

  private final Object[] arrays = new Object[SETS * WAYS];
  private final MemorySegment[] segments = new MemorySegment[SETS * WAYS];
  private int next; // way that the next new array takes

  private ArraySegments() {
    Arrays.fill(segments, MemorySegment.NULL);
  }

  static ArraySegments ofThread() {
    return OF_THREAD.get();
  }

  MemorySegment of(float[] array) {
    int at = find(array);
    return at >= 0 ? segments[at] : put(array, MemorySegment.ofArray(array));
  }

  MemorySegment of(int[] array) {
    int at = find(array);
    return at >= 0 ? segments[at] : put(array, MemorySegment.ofArray(array));
  }

  MemorySegment of(short[] array) {
    int at = find(array);
    return at >= 0 ? segments[at] : put(array, MemorySegment.ofArray(array));
  }

  MemorySegment of(byte[] array) {
    int at = find(array);
    return at >= 0 ? segments[at] : put(array, MemorySegment.ofArray(array));
  }

  @SuppressWarnings("ReferenceEquality") // an equal array is another one
  private int find(Object array) {
    int first = first(array);
    for (int at = first; at < first + WAYS; at++) {
      if (arrays[at] == array) {
        return at;
      }
    }
    return -1;
  }

  private MemorySegment put(Object array, MemorySegment segment) {
    int at = first(array) + next;
    next = (next + 1) % WAYS;
    arrays[at] = array;
    segments[at] = segment;
    return segment;
  }

  private static int first(Object array) {
    return System.identityHashCode(array) % SETS * WAYS;
  }
}
