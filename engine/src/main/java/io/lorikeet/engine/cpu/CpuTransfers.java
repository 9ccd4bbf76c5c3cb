package io.lorikeet.engine.cpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.spi.Transfers;

/**
 * Nothing is copied on the CPU: staging packs the B matrices on the caller's thread, and the ticket
 * is ready at once.
 */
final class CpuTransfers implements Transfers {
  /** An image that is ready for a slot. */
  record Staged(SlotAdapter adapter) implements Ticket {
    @Override
    public AdapterImage image() {
      return adapter.image();
    }

    @Override
    public long bytes() {
      return adapter.packedBytes();
    }

    @Override
    public boolean isReady() {
      return true;
    }
  }

  private final DecoderSpec spec;

  CpuTransfers(DecoderSpec spec) {
    this.spec = spec;
  }

  @Override
  public Ticket stage(AdapterImage image) {
    return new Staged(new SlotAdapter(image, spec));
  }
}
