package io.lorikeet.gpu.forward;

import java.util.Optional;

/**
 * From token ids to the residual stream: the token's row, times a factor, plus the position's row
 * where positions are learned, normalised where there is a norm. Scratch is the panel of normed
 * rows.
 */
final class Embedding {
  private final Parts parts;
  private final Optional<DeviceMatrix> positions;
  private final Optional<DeviceNorm> norm;

  Embedding(Parts parts) {
    this.parts = parts;
    positions = parts.weights().positions();
    norm = parts.weights().embeddingNorm();
  }

  void run() {
    GeneralKernels kernels = parts.kernels();
    int rows = parts.rows().count;
    Panel x = parts.at().x();
    float factor = parts.spec().scaling().embedding();
    kernels.embed(x, parts.weights().embedding(), parts.block().tokensAt(), rows, factor);
    if (positions.isPresent()) {
      Panel learned = parts.at().normed();
      kernels.embed(learned, positions.get(), parts.block().positionsAt(), rows, 1f);
      kernels.add(x, learned, rows);
    }
    if (norm.isPresent()) {
      kernels.norm(parts.spec().norm(), x, x, norm.get(), rows, parts.spec().normEps());
    }
  }
}
