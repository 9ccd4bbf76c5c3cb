package io.lorikeet.gpu.adapter;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.spi.Transfers;

/** A packed image that waits for a slot or has one. */
final class StagedImage implements Transfers.Ticket {
  final PackedImage packed;
  private volatile boolean ready;

  StagedImage(PackedImage packed) {
    this.packed = packed;
  }

  @Override
  public AdapterImage image() {
    return packed.image();
  }

  @Override
  public long bytes() {
    return packed.content().byteSize();
  }

  @Override
  public boolean isReady() {
    return ready;
  }

  void setReady(boolean is) {
    ready = is;
  }
}
