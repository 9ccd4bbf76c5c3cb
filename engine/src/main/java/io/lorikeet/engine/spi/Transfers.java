package io.lorikeet.engine.spi;

import io.lorikeet.engine.adapter.AdapterImage;

/** Adapter copies to the device. Thread-safe; called by the adapter manager's loaders. */
public interface Transfers {
  /**
   * Starts the copy of an image. On the CPU the ticket is ready at once and refers to the image
   * itself.
   */
  Ticket stage(AdapterImage image);

  /**
   * Brings the image of a bound slot to the device, and returns when it is there. It may take as
   * long as the bytes do; a step that comes before its end waits for the rest. Returns early where
   * the slot was given up or the executor closed meanwhile, and at once where nothing is to be
   * done, as on the CPU.
   */
  default void carry(Ticket ticket) {}

  /** A staged image; a slot is bound to it. */
  interface Ticket {
    AdapterImage image();

    /** Bytes of {@link ExecutorInfo#adapterBytes} that a slot takes to hold it. */
    default long bytes() {
      return image().bytes();
    }

    /** Whether steps can use it without waiting, once it is bound. */
    boolean isReady();
  }
}
