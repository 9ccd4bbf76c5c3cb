package io.lorikeet.engine.spi;

import io.lorikeet.engine.adapter.AdapterImage;

/** Adapter copies to the device. Thread-safe; called by the adapter manager's loaders. */
public interface Transfers {
  /**
   * Starts the copy of an image. On the CPU the ticket is ready at once and refers to the image
   * itself.
   */
  Ticket stage(AdapterImage image);

  /** A staged image; a slot is bound to it. */
  interface Ticket {
    AdapterImage image();

    /** Bytes of {@link ExecutorInfo#adapterBytes} that a slot takes to hold it. */
    default long bytes() {
      return image().bytes();
    }

    boolean isReady();
  }
}
