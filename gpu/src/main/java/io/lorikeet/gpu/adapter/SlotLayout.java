package io.lorikeet.gpu.adapter;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.model.Experts;
import io.lorikeet.engine.model.NormPlace;
import io.lorikeet.engine.model.Projection;
import java.util.List;

/**
 * Where the entries of a slot stand in its record, in bytes: the same for all slots of a model. The
 * entries are those of {@code kernels/src/main/cuda/adapters.cuh} and {@code norms.cu}.
 */
public final class SlotLayout {
  static final int DELTA_BYTES = 56;
  static final int REPLACEMENT_BYTES = 24;

  /** Bytes of a norm's entry; a record is a whole number of them. */
  public static final int NORM_BYTES = 16;

  private final int layers;
  private final List<Projection> projections;
  private final List<NormPlace> norms; // their entries are the first ones
  private final int firstDelta;
  private final int firstReplacement;
  private final int firstSparse; // of a layer: router, gate of the shared expert, experts
  private final int experts;
  private final int bytes;

  /** The layout for a model. */
  public SlotLayout(DecoderSpec spec) {
    layers = spec.layers();
    projections = spec.projections();
    norms = List.copyOf(spec.norms());
    firstDelta = (layers * norms.size() + 2) * NORM_BYTES;
    firstReplacement = firstDelta + (layers * projections.size() + 3) * DELTA_BYTES;
    firstSparse = firstReplacement + 6 * REPLACEMENT_BYTES;
    experts = spec.experts().map(Experts::count).orElse(0);
    int end = firstSparse + (experts == 0 ? 0 : layers * sparseBytes());
    bytes = Math.ceilDiv(end, NORM_BYTES) * NORM_BYTES;
  }

  /** Bytes of a record. */
  public int bytes() {
    return bytes;
  }

  /** What becomes of a projection. */
  public int delta(int layer, Projection projection) {
    int index = layer * projections.size() + projections.indexOf(projection);
    return firstDelta + index * DELTA_BYTES;
  }

  private int sparseBytes() {
    return 2 * DELTA_BYTES + experts * expertBytes();
  }

  /** Bytes from the entries of one expert to those of the next. */
  public int expertBytes() {
    return 3 * DELTA_BYTES;
  }

  /** What becomes of a layer's router. */
  public int router(int layer) {
    return firstSparse + layer * sparseBytes();
  }

  /** What becomes of the gate of a layer's shared expert. */
  public int sharedGate(int layer) {
    return router(layer) + DELTA_BYTES;
  }

  /** What becomes of GATE, UP or DOWN of an expert. */
  public int expert(int layer, int expert, Projection projection) {
    int index =
        switch (projection) {
          case GATE -> 0;
          case UP -> 1;
          case DOWN -> 2;
          default -> throw new IllegalArgumentException("experts have no " + projection);
        };
    return router(layer) + 2 * DELTA_BYTES + expert * expertBytes() + index * DELTA_BYTES;
  }

  private int furtherDelta(int index) {
    return firstDelta + (layers * projections.size() + index) * DELTA_BYTES;
  }

  /** What becomes of the head, once it was replaced. */
  public int head() {
    return furtherDelta(0);
  }

  /** What is added to token embeddings. */
  public int embedding() {
    return furtherDelta(1);
  }

  /** What is added to learned positions. */
  public int positions() {
    return furtherDelta(2);
  }

  private int replacement(int index) {
    return firstReplacement + index * REPLACEMENT_BYTES;
  }

  public int headMatrix() {
    return replacement(0);
  }

  public int headRows() {
    return replacement(1);
  }

  public int embeddingMatrix() {
    return replacement(2);
  }

  public int embeddingRows() {
    return replacement(3);
  }

  public int positionMatrix() {
    return replacement(4);
  }

  public int positionRows() {
    return replacement(5);
  }

  /** A layer's norm. */
  public int norm(int layer, NormPlace place) {
    return (layer * norms.size() + norms.indexOf(place)) * NORM_BYTES;
  }

  /** The embedding's norm. */
  public int embeddingNorm() {
    return layers * norms.size() * NORM_BYTES;
  }

  /** The norm that follows the last layer. */
  public int lastNorm() {
    return embeddingNorm() + NORM_BYTES;
  }
}
