package io.lorikeet.gpu.adapter;

import io.lorikeet.gpu.driver.DeviceBuffer;
import io.lorikeet.gpu.driver.Event;

/** A slot's image on its way to its place on the device. {@link ImageCopies} guards it. */
final class Arrival {
  final StagedImage staged;
  final DeviceBuffer place;
  final Event free; // the place is nobody else's any more
  final Event there; // all of the image is
  long next; // byte that is to be copied next
  boolean givenUp;
  volatile boolean queued; // all of it, and its event recorded

  Arrival(StagedImage staged, DeviceBuffer place, Event free, Event there) {
    this.staged = staged;
    this.place = place;
    this.free = free;
    this.there = there;
  }
}
