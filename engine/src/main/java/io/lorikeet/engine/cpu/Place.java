package io.lorikeet.engine.cpu;

import io.lorikeet.engine.cpu.SlotAdapter.Change;
import io.lorikeet.engine.model.Projection;

/** A linear layer of the model, as the key to what an adapter does there. */
interface Place {
  Place HEAD = SlotAdapter::head;

  static Place of(int layer, Projection projection) {
    return adapter -> adapter.change(layer, projection);
  }

  static Place router(int layer) {
    return adapter -> adapter.sparse(layer).router();
  }

  static Place sharedGate(int layer) {
    return adapter -> adapter.sparse(layer).sharedGate();
  }

  Change in(SlotAdapter adapter);
}
