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
    RESIDENT,
    /** Given up while a step in flight still uses it. */
    RETIRING
  }

  final int number;
  State state = State.EMPTY;
  GenerationId generation = GenerationId.BASE;
  Invocation invocation = Invocation.ALWAYS; // of the image, once it is there
  Transfers.@Nullable Ticket ticket; // while STAGED
  long bytes;
  long order; // of arrival while STAGED
  int pins; // running sequences
  long lastUse; // last submitted step with a row of it
  long wanted; // last scan in which a sequence was waiting for room with it

  Slot(int number) {
    this.number = number;
  }
}
