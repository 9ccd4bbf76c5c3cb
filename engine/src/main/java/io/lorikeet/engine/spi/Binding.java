package io.lorikeet.engine.spi;

import io.lorikeet.engine.sample.SamplingParams;

/** A change of what a slot or seat means, ordered before the next submit. */
public sealed interface Binding {
  /** Slot now holds the staged image. */
  record BindSlot(int slot, Transfers.Ticket ticket) implements Binding {}

  /** Slot is empty. */
  record FreeSlot(int slot) implements Binding {}

  /**
   * Seat now belongs to a sequence that draws with these parameters; its last token is unknown
   * until a row of it was sampled.
   */
  record BindSeat(int seat, SamplingParams sampling) implements Binding {}

  /** Seat is empty. */
  record FreeSeat(int seat) implements Binding {}
}
