package io.lorikeet.engine.text.template;

import java.util.Arrays;

/**
 * Which parts of a text came with a request; all others are the template's own words. Immutable.
 */
public final class Origin {
  /** Of a text that is the template's throughout. */
  public static final Origin TEMPLATE = new Origin(new int[0]);

  // Begin and end of each part of the request, ascending, none empty, none touching the next.
  private final int[] bounds;

  private Origin(int[] bounds) {
    this.bounds = bounds;
  }

  /** Of a text that came with the request as a whole. */
  public static Origin request(int length) {
    return length == 0 ? TEMPLATE : new Origin(new int[] {0, length});
  }

  /** Whether nothing of the text came with the request. */
  public boolean isTemplate() {
    return bounds.length == 0;
  }

  /** Whether nothing between two UTF-16 indexes came with the request. */
  public boolean isTemplate(int from, int to) {
    int at = firstEndingBehind(from);
    return at == bounds.length || bounds[at] >= to;
  }

  Origin part(int from, int to) {
    Builder part = new Builder();
    for (int i = firstEndingBehind(from); i < bounds.length && bounds[i] < to; i += 2) {
      part.add(Math.max(bounds[i], from) - from, Math.min(bounds[i + 1], to) - from);
    }
    return part.build();
  }

  /**
   * Of this text and another behind it.
   *
   * @param length of this text
   */
  Origin followedBy(int length, Origin next) {
    if (next.isTemplate()) {
      return this;
    }
    Builder both = new Builder();
    both.add(this, 0);
    both.add(next, length);
    return both.build();
  }

  /** Index of the first part that ends behind an index of the text, or past the last part. */
  private int firstEndingBehind(int index) {
    int low = 0;
    int high = bounds.length / 2;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (bounds[2 * middle + 1] <= index) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return 2 * low;
  }

  /** Takes parts in ascending order. */
  static final class Builder {
    private int[] bounds = new int[8];
    private int size;

    void add(Origin origin, int shift) {
      for (int i = 0; i < origin.bounds.length; i += 2) {
        add(origin.bounds[i] + shift, origin.bounds[i + 1] + shift);
      }
    }

    private void add(int from, int to) {
      if (size > 0 && bounds[size - 1] == from) {
        bounds[size - 1] = to;
        return;
      }
      if (size == bounds.length) {
        bounds = Arrays.copyOf(bounds, 2 * size);
      }
      bounds[size++] = from;
      bounds[size++] = to;
    }

    Origin build() {
      return size == 0 ? TEMPLATE : new Origin(Arrays.copyOf(bounds, size));
    }
  }
}
