package io.lorikeet.engine.cpu;

import io.lorikeet.engine.cpu.SlotAdapter.Change;
import io.lorikeet.engine.model.Projection;

/** A linear layer of the model, as the key to what an adapter does there. */
interface Place {
  Place HEAD = SlotAdapter::head;

  static Place of(int layer, Projection projection) {
    return adapter -> adapter.change(layer, projection);
  }

  Change in(SlotAdapter adapter);
}
