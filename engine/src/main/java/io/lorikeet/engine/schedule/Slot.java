package io.lorikeet.engine.schedule;

import io.lorikeet.engine.adapter.GenerationId;
import io.lorikeet.engine.adapter.Invocation;
import io.lorikeet.engine.spi.Transfers;
import org.jspecify.annotations.Nullable;

/** An adapter's place on the device. */
final class Slot {
  enum State {
    EMPTY,
    /** Reserved; the owner was asked for the image. */
    PAGING,
    /** The image is there and waits for device bytes. */
    STAGED,
    /** Bound; its image is on the way to the device. */
    COMING,
    RESIDENT,
    /** Given up while a step in flight still uses it. */
    RETIRING
  }

  static final int NOBODY = Integer.MAX_VALUE;

  final int number;
  State state = State.EMPTY;
  GenerationId generation = GenerationId.BASE;
  Invocation invocation = Invocation.ALWAYS; // of the image, once it is there
  boolean composes = true; // likewise
  Transfers.@Nullable Ticket ticket; // while STAGED
  long bytes;
  long order; // of arrival while STAGED
  int pins; // running sequences
  long lastUse; // last submitted step with a row of it
  private long wantedScan; // last scan of the queue in which a waiting sequence wants it
  private int wantedTurn; // of the first of those in that scan

  Slot(int number) {
    this.number = number;
  }

  /** Whether the image is there, so that what it says of itself is known. */
  boolean known() {
    return state == State.COMING || isDroppable();
  }

  /** Whether it can be given up when nobody uses it. */
  boolean isDroppable() {
    return state == State.STAGED || state == State.RESIDENT;
  }

  /** A waiting sequence wants it; who comes early in a scan goes before those who come late. */
  void want(long scan, int turn) {
    if (wantedScan != scan) {
      wantedScan = scan;
      wantedTurn = turn;
    }
  }

  /** Turn of who wants it most in this scan; {@link #NOBODY} where nobody does. */
  int turn(long scan) {
    return wantedScan == scan ? wantedTurn : NOBODY;
  }
}
