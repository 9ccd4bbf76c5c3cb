package io.lorikeet.gpu.adapter;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.spi.Transfers;
import io.lorikeet.engine.step.ImageShape;

/**
 * Packs images, and brings them to the device once they have a place there; both on the caller's
 * thread, while steps go on.
 */
public final class AdapterTransfers implements Transfers {
  /** Room for A x that every join of a step has. */
  public static final int RANK_MAX = 256;

  private final DecoderSpec spec;
  private final AdapterMemory memory;

  public AdapterTransfers(DecoderSpec spec, AdapterMemory memory) {
    this.spec = spec;
    this.memory = memory;
  }

  /**
   * Packs an image.
   *
   * @throws IllegalArgumentException it was made for another model
   * @throws LorikeetException ADAPTER_VARIANT_UNSUPPORTED, for a rank above {@link #RANK_MAX}
   */
  @Override
  public Ticket stage(AdapterImage image) {
    new ImageShape(spec).check(image);
    PackedImage packed = ImagePacking.pack(image, memory.layout());
    if (packed.rankMax() > RANK_MAX) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
          "on the device cuda ranks must be <= %d. Given: %d"
              .formatted(RANK_MAX, packed.rankMax()));
    }
    return new StagedImage(packed);
  }

  /**
   * Brings the image to the slot that it is bound to.
   *
   * @throws IllegalArgumentException the ticket is another executor's
   */
  @Override
  public void carry(Ticket ticket) {
    memory.carry(AdapterMemory.own(ticket));
  }
}
