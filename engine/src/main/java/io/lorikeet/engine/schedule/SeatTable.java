package io.lorikeet.engine.schedule;

import io.lorikeet.engine.memory.RetireQueue;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.spi.Binding;
import java.util.function.Consumer;

/** Seats by number. A seat that was given up is free once its last step was taken. */
final class SeatTable {
  private final Consumer<Binding> binder;
  private final int[] free; // stack
  private final RetireQueue retiring;
  private int freeCount;

  SeatTable(Consumer<Binding> binder, int seats) {
    this.binder = binder;
    free = new int[seats];
    retiring = new RetireQueue(seats);
    for (int seat = seats - 1; seat >= 0; seat--) {
      free[freeCount++] = seat;
    }
  }

  int free() {
    return freeCount;
  }

  int used() {
    return free.length - freeCount - retiring.size();
  }

  int total() {
    return free.length;
  }

  /** Seats a sequence. A seat must be free. */
  int occupy(SamplingParams sampling, Binding.Tokens tokens) {
    if (freeCount == 0) {
      throw new IllegalStateException("no seat is free");
    }
    int seat = free[--freeCount];
    binder.accept(new Binding.BindSeat(seat, sampling, tokens));
    return seat;
  }

  /** Seats the same sequence anew: what its seat knows was drawn by steps that do not count. */
  void reset(int seat, SamplingParams sampling, Binding.Tokens tokens) {
    binder.accept(new Binding.FreeSeat(seat));
    binder.accept(new Binding.BindSeat(seat, sampling, tokens));
  }

  void release(int seat, long lastUse, long taken) {
    retiring.add(seat, lastUse);
    taken(taken);
  }

  void taken(long step) {
    while (retiring.ready(step)) {
      int seat = retiring.poll();
      binder.accept(new Binding.FreeSeat(seat));
      free[freeCount++] = seat;
    }
  }
}
