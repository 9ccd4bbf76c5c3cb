package io.lorikeet.engine.sample;

import java.util.Arrays;

/**
 * Writes penalties, bias, withheld tokens and rules into a row of logits and takes them out again:
 * only the logits that change are touched. A finite logit stays finite, unless its token may not be
 * drawn.
 */
final class LogitChanges {
  private int[] ids = new int[64];
  private float[] before = new float[64];
  private int count;

  /** Whether a draw with these parameters may see other logits than the model's. */
  static boolean any(SamplingParams params, TokenHistory history, int position) {
    return history.size() > 0
        || params.bias().ids().length > 0
        || !params.rules().isNone()
        || withholds(params, history, position);
  }

  private static boolean withholds(SamplingParams params, TokenHistory history, int position) {
    return history.newTokens(position) < params.withheld().tokens();
  }

  /**
   * Changes the row, in the order penalties, bias, withheld tokens, rules.
   *
   * @param logits {@code [vocab]} at {@code offset}
   */
  void apply(
      float[] logits,
      int offset,
      int vocab,
      SamplingParams params,
      TokenHistory history,
      int position) {
    TokenBias bias = params.bias();
    int[] withheld = params.withheld().ids();
    TokenRules rules = params.rules();
    int masked = rules.banned().length + (rules.allowed().length > 0 ? vocab : 0);
    reserve(history.size() + bias.ids().length + withheld.length + masked);
    count = 0;
    Penalties penalties = params.penalties();
    for (int i = 0; i < history.size(); i++) {
      int at = offset + history.id(i);
      set(logits, at, bounded(logits[at], penalties.apply(logits[at], history.drawnCount(i))));
    }
    for (int i = 0; i < bias.ids().length; i++) {
      int at = offset + bias.ids()[i];
      set(logits, at, bounded(logits[at], logits[at] + bias.values()[i]));
    }
    if (withholds(params, history, position)) {
      for (int id : withheld) {
        set(logits, offset + id, Float.NEGATIVE_INFINITY);
      }
    }
    for (int[] phrase : rules.banned()) {
      if (history.endsBefore(phrase)) {
        set(logits, offset + phrase[phrase.length - 1], Float.NEGATIVE_INFINITY);
      }
    }
    if (rules.allowed().length > 0) {
      mask(logits, offset, vocab, rules.allowed());
    }
  }

  private void mask(float[] logits, int offset, int vocab, int[] allowed) {
    int next = 0;
    for (int id = 0; id < vocab; id++) {
      if (next < allowed.length && allowed[next] == id) {
        next++;
      } else {
        set(logits, offset + id, Float.NEGATIVE_INFINITY);
      }
    }
  }

  /** Makes the row as it was. */
  void undo(float[] logits) {
    // Backwards: a logit may have changed twice.
    while (count > 0) {
      count--;
      logits[ids[count]] = before[count];
    }
  }

  private void set(float[] logits, int at, float value) {
    ids[count] = at;
    before[count++] = logits[at];
    logits[at] = value;
  }

  private static float bounded(float given, float changed) {
    return given == Float.NEGATIVE_INFINITY
        ? given
        : Math.clamp(changed, -Float.MAX_VALUE, Float.MAX_VALUE);
  }

  private void reserve(int changes) {
    if (changes > ids.length) {
      ids = new int[Math.max(changes, 2 * ids.length)];
      before = Arrays.copyOf(before, ids.length);
    }
  }
}
