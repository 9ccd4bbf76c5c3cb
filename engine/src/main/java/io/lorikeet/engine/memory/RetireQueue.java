package io.lorikeet.engine.memory;

/**
 * Numbered places (blocks, seats) that nobody owns any more but that a step in flight may still
 * read or write. A place leaves the queue once that step was taken.
 */
public final class RetireQueue {
  private final int[] places; // ring
  private final long[] steps;
  private int head;
  private int size;

  /**
   * @param capacity number of places there are
   */
  public RetireQueue(int capacity) {
    places = new int[capacity];
    steps = new long[capacity];
  }

  /**
   * A place was given up.
   *
   * @param lastUse the last step that uses it
   */
  public void add(int place, long lastUse) {
    if (size == places.length) {
      throw new IllegalStateException("more places retire than exist: " + size);
    }
    int tail = (head + size) % places.length;
    places[tail] = place;
    // Ascending steps keep the queue a queue; waiting for a later step is always safe.
    steps[tail] = size == 0 ? lastUse : Math.max(lastUse, steps[(head + size - 1) % places.length]);
    size++;
  }

  /** Whether the first place's last step is {@code taken} or earlier. */
  public boolean ready(long taken) {
    return size > 0 && steps[head] <= taken;
  }

  /** Removes the first place. */
  public int poll() {
    if (size == 0) {
      throw new IllegalStateException("no place retires");
    }
    int place = places[head];
    head = (head + 1) % places.length;
    size--;
    return place;
  }

  public int size() {
    return size;
  }
}
