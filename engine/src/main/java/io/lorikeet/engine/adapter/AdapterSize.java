package io.lorikeet.engine.adapter;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Projection;

/** The size of adapters that do not exist yet, to say how many would fit. */
public final class AdapterSize {
  private AdapterSize() {}

  /**
   * Bytes of a low-rank adapter on every projection of every layer; experts have none.
   *
   * @param rank of each update
   * @param elementBytes bytes of a stored number: 2 for F16 and BF16
   */
  public static long bytes(DecoderSpec spec, int rank, int elementBytes) {
    long perRank = 0;
    for (Projection projection : spec.projections()) {
      perRank += spec.inputs(projection) + spec.outputs(projection);
    }
    return perRank * spec.layers() * rank * elementBytes;
  }
}
