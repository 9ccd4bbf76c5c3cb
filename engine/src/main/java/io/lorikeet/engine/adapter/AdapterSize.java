package io.lorikeet.engine.adapter;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.Projection;

/** The size of adapters that do not exist yet, to say how many would fit. */
public final class AdapterSize {
  private AdapterSize() {}

  /**
   * Bytes of a low-rank adapter on every linear layer of every decoder layer, each expert's and the
   * router included.
   *
   * @param rank of each update
   * @param elementBytes bytes of a stored number: 2 for F16 and BF16
   */
  public static long bytes(DecoderSpec spec, int rank, int elementBytes) {
    long perRank = spec.experts().map(experts -> perRank(spec, experts)).orElse(0L);
    for (Projection projection : spec.projections()) {
      perRank += spec.inputs(projection) + spec.outputs(projection);
    }
    return perRank * spec.layers() * rank * elementBytes;
  }

  private static long perRank(DecoderSpec spec, Experts experts) {
    long router = (long) spec.hidden() + experts.count();
    long sharedGate = experts.sharedWidth() > 0 ? spec.hidden() + 1L : 0;
    return router
        + sharedGate
        + 3L * experts.count() * ((long) spec.hidden() + spec.intermediate());
  }
}
