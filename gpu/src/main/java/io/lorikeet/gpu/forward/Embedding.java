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
    int rows = parts.shape().rows;
    Panel x = parts.at().x();
    embedTokens(x, parts.spec().scaling().embedding(), rows);
    if (positions.isPresent()) {
      Panel learned = parts.at().normed();
      kernels.embed(learned, positions.get(), parts.block().positionsAt(), rows, 1f);
      parts.adapters().embedPositions(learned, parts.block().positionsAt(), rows);
      kernels.add(x, learned, rows);
    }
    if (norm.isPresent()) {
      Adapters.Norms own = parts.adapters().embeddingNorms();
      kernels.norm(parts.spec().norm(), x, x, norm.get(), own, rows, parts.spec().normEps());
    }
  }

  private void embedTokens(Panel x, float factor, int rows) {
    GeneralKernels kernels = parts.kernels();
    long tokens = parts.block().tokensAt();
    DeviceMatrix table = parts.weights().embedding();
    if (!parts.adapters().changeEmbedding()) {
      kernels.embed(x, table, tokens, rows, factor);
      return;
    }
    kernels.embed(x, table, tokens, rows, 1f);
    parts.adapters().embed(x, tokens, rows);
    if (factor != 1f) {
      kernels.scale(x, factor, rows);
    }
  }
}
