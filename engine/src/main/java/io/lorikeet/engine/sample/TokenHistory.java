package io.lorikeet.engine.sample;

/**
 * The tokens that a sequence has, each once, with how often it was drawn: what penalties need to
 * know. Can be rebuilt from the sequence's tokens at any time. Takes its memory at construction, so
 * that a drawn token allocates nothing.
 */
public final class TokenHistory {
  private static final int[] NOTHING = {};

  private final int promptTokens;
  private final int[] ids; // [size] in the order of their first place
  private final int[] drawn; // [size]
  private final int[] places; // hash table of indices + 1; 0 is empty
  private int size;

  private TokenHistory(int promptTokens, int distinctMax) {
    this.promptTokens = promptTokens;
    if (distinctMax == 0) {
      ids = NOTHING;
      drawn = NOTHING;
      places = NOTHING;
    } else {
      ids = new int[distinctMax];
      drawn = new int[distinctMax];
      // At most half full, so that a search ends soon.
      places = new int[Integer.highestOneBit(distinctMax) << 2];
    }
  }

  /**
   * Counts the tokens of a sequence where its parameters look at them.
   *
   * @param tokens the sequence's; read up to {@code known} and not kept
   * @param promptTokens the first of them, which were not drawn
   * @param tokensMax tokens that the sequence can ever have
   */
  public static TokenHistory of(
      SamplingParams params, int[] tokens, int known, int promptTokens, int tokensMax) {
    if (params.penalties().isNone()) {
      return new TokenHistory(promptTokens, 0);
    }
    TokenHistory history = new TokenHistory(promptTokens, Math.max(1, Math.max(known, tokensMax)));
    for (int i = 0; i < known; i++) {
      history.add(tokens[i], i < promptTokens ? 0 : 1);
    }
    return history;
  }

  /** A token was drawn. */
  public void drawn(int id) {
    if (ids.length > 0) {
      add(id, 1);
    }
  }

  /** New tokens that a sequence has whose next token stands at this position. */
  int newTokens(int position) {
    return position - promptTokens;
  }

  /** Distinct tokens; 0 where nobody looks at them. */
  int size() {
    return size;
  }

  int id(int index) {
    return ids[index];
  }

  /** How often the token was drawn; 0: it only stands in the prompt. */
  int drawnCount(int index) {
    return drawn[index];
  }

  private void add(int id, int times) {
    int mask = places.length - 1;
    int place = ((id * 0x9E3779B9) >>> 7) & mask;
    while (places[place] != 0 && ids[places[place] - 1] != id) {
      place = (place + 1) & mask;
    }
    if (places[place] == 0) {
      ids[size++] = id;
      places[place] = size;
    }
    drawn[places[place] - 1] += times;
  }
}
