package io.lorikeet.engine.sample;

/**
 * The tokens that a sequence has, each once, with how often it was drawn, and the newest ones in
 * their order: what penalties and rules need to know. Can be rebuilt from the sequence's tokens at
 * any time. Takes its memory at construction, so that a drawn token allocates nothing.
 */
public final class TokenHistory {
  private static final int[] NOTHING = {};

  private final int promptTokens;
  private final int[] ids; // [size] in the order of their first place
  private final int[] drawn; // [size]
  private final int[] places; // hash table of indices + 1; 0 is empty
  private final int[] newest; // ring of the last tokens
  private int size;
  private int total;

  private TokenHistory(int promptTokens, int distinctMax, int newestMax) {
    this.promptTokens = promptTokens;
    newest = newestMax == 0 ? NOTHING : new int[newestMax];
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
    boolean counts = !params.penalties().isNone();
    int distinctMax = counts ? Math.max(1, Math.max(known, tokensMax)) : 0;
    int newestMax = params.rules().memory();
    TokenHistory history = new TokenHistory(promptTokens, distinctMax, newestMax);
    for (int i = 0; i < known && distinctMax + newestMax > 0; i++) {
      history.take(tokens[i], i < promptTokens ? 0 : 1);
    }
    return history;
  }

  /** A token was drawn. */
  public void drawn(int id) {
    take(id, 1);
  }

  private void take(int id, int times) {
    if (ids.length > 0) {
      add(id, times);
    }
    if (newest.length > 0) {
      newest[total % newest.length] = id;
    }
    total++;
  }

  /** Whether the new tokens end with all of a phrase but its last token. */
  public boolean endsBefore(int[] phrase) {
    int before = phrase.length - 1;
    if (before == 0) {
      return true;
    }
    if (before > total - promptTokens) {
      return false;
    }
    for (int i = 0; i < before; i++) {
      if (newest[(total - before + i) % newest.length] != phrase[i]) {
        return false;
      }
    }
    return true;
  }

  /** New tokens that a sequence has whose next token stands at this position. */
  public int newTokens(int position) {
    return position - promptTokens;
  }

  /** Distinct tokens; 0 where nobody looks at them. */
  public int size() {
    return size;
  }

  /** In the order of their first places. */
  public int id(int index) {
    return ids[index];
  }

  /** How often the token was drawn; 0: it only stands in the prompt. */
  public int drawnCount(int index) {
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
