package io.lorikeet.actors;

/**
 * Tokens that a reader has taken and that were not given back to the step loop as credit yet. They
 * go back in lots of a quarter of the credit: one message for many tokens, and a sequence whose
 * reader has taken all still has three quarters left.
 */
final class Credits {
  private final int lot;
  private final int[] owed;

  /**
   * @param credit tokens of one choice that may be drawn before they are read
   */
  Credits(int choices, int credit) {
    this.lot = Math.max(1, credit / 4);
    this.owed = new int[choices];
  }

  /** The reader took so many tokens; returns how many to give back now, often 0. */
  int read(int choice, int tokens) {
    owed[choice] += tokens;
    if (owed[choice] < lot) {
      return 0;
    }
    int back = owed[choice];
    owed[choice] = 0;
    return back;
  }
}
