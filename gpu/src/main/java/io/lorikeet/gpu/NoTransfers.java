package io.lorikeet.gpu;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.spi.Transfers;

/** Refuses every adapter by code: there are no kernels for them. */
final class NoTransfers implements Transfers {
  static final NoTransfers INSTANCE = new NoTransfers();

  private NoTransfers() {}

  @Override
  public Ticket stage(AdapterImage image) {
    throw refused(image);
  }

  static LorikeetException refused(AdapterImage image) {
    return new LorikeetException(
        ErrorCode.ADAPTER_VARIANT_UNSUPPORTED,
        "the device cuda runs no adapters: start with `--device cpu`. Given: "
            + image.generation());
  }
}
