package io.lorikeet.engine.cpu;

import org.jspecify.annotations.Nullable;

/** The adapters that steps can name by slot. */
final class Slots {
  private final @Nullable SlotAdapter[] adapters;

  Slots(int count) {
    adapters = new SlotAdapter[count];
  }

  void bind(int slot, SlotAdapter adapter) {
    adapters[slot] = adapter;
  }

  void free(int slot) {
    adapters[slot] = null;
  }

  SlotAdapter adapter(int slot) {
    SlotAdapter adapter = slot >= 0 && slot < adapters.length ? adapters[slot] : null;
    if (adapter == null) {
      throw new IllegalArgumentException("slot " + slot + " is empty");
    }
    return adapter;
  }
}
