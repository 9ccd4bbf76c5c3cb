package io.lorikeet.gpu.adapter;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.spi.Transfers;
import io.lorikeet.engine.step.ImageShape;

/**
 * Packs images on the caller's thread; the bytes go to the device when a slot is bound, since only
 * then they have a place there.
 */
public final class AdapterTransfers implements Transfers {
  /** Room for A x that every join of a step has. */
  public static final int RANK_MAX = 256;

  private final DecoderSpec spec;
  private final SlotLayout layout;

  public AdapterTransfers(DecoderSpec spec, SlotLayout layout) {
    this.spec = spec;
    this.layout = layout;
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
    PackedImage packed = ImagePacking.pack(image, layout);
    if (packed.rankMax() > RANK_MAX) {
      throw new LorikeetException(
          ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
          "on the device cuda ranks must be <= %d. Given: %d"
              .formatted(RANK_MAX, packed.rankMax()));
    }
    return packed;
  }
}
