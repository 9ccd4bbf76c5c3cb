package io.lorikeet.engine.spi;

import io.lorikeet.engine.sample.SamplingParams;

/** A change of what a slot or seat means, ordered before the next submit. */
public sealed interface Binding {
  /** Slot now holds the staged image. */
  record BindSlot(int slot, Transfers.Ticket ticket) implements Binding {}

  /** Slot is empty. */
  record FreeSlot(int slot) implements Binding {}

  /**
   * Seat now belongs to a sequence that draws with these parameters and has these tokens; each
   * token that a row of it draws joins them. Its last token is unknown until a row was sampled.
   */
  record BindSeat(int seat, SamplingParams sampling, Tokens tokens) implements Binding {
    /** For parameters that look at no tokens. */
    public BindSeat(int seat, SamplingParams sampling) {
      this(seat, sampling, Tokens.NONE);
    }
  }

  /** Seat is empty. */
  record FreeSeat(int seat) implements Binding {}

  /**
   * What penalties look at, and enough to build a seat anew.
   *
   * @param ids the sequence's tokens; those up to {@code known} do not change any more
   * @param known tokens that count
   * @param prompt the first of them, which were not drawn
   * @param most tokens that the sequence can ever have
   */
  record Tokens(int[] ids, int known, int prompt, int most) {
    static final Tokens NONE = new Tokens(new int[0], 0, 0, 0);
  }
}
