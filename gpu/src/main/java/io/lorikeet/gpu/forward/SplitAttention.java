package io.lorikeet.gpu.forward;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.gpu.driver.Stream;

/**
 * Attention of few rows, in which the ranges of a long context are read side by side: the kernel of
 * {@code attention_split.cu}.
 */
final class SplitAttention {
  /** Rows of a step. More rows are enough blocks without it. */
  static final int ROWS_MAX = 4;

  private static final int RANGE = 256; // positions
  private static final int QUERIES = 4; // heads of a group that a block takes

  private static final int BLOCKS_MAX = 32; // of a row's heads; they loop beyond

  private final Stream stream;
  private final Kernel kernel;
  private final Scratch scratch;

  /**
   * What kernels of one stream share, one after the other.
   *
   * @param rangesMax of a row
   * @param partials address of what each range of each head gives
   * @param counters address of one for each row and block of heads, zero before and after a kernel
   */
  record Scratch(int rangesMax, long partials, long counters) {
    static Scratch take(DecoderSpec spec, Context context) {
      long partials = context.allocate(partialBytes(spec)).address();
      int count = counters(spec);
      try (Uploads uploads = new Uploads(context, count * Integer.BYTES)) {
        long counters = uploads.put(new float[count]).address(); // zeros
        return new Scratch(ranges(spec), partials, counters);
      }
    }

    /** Bytes that it takes on the device. */
    static long bytes(DecoderSpec spec) {
      return partialBytes(spec) + (long) counters(spec) * Integer.BYTES;
    }

    private static int ranges(DecoderSpec spec) {
      return Math.ceilDiv(spec.positionsMax(), RANGE);
    }

    private static long partialBytes(DecoderSpec spec) {
      return (long) ROWS_MAX * spec.heads() * ranges(spec) * (2 + spec.headDim()) * Float.BYTES;
    }

    private static int counters(DecoderSpec spec) {
      return ROWS_MAX * spec.kvHeads() * Math.ceilDiv(spec.heads() / spec.kvHeads(), QUERIES);
    }
  }

  SplitAttention(Context context, Stream stream, Scratch scratch) {
    this.stream = stream;
    this.scratch = scratch;
    kernel = context.kernel("attention_split_f32");
  }

  /** Attention of the step's rows to their sequences, into dense rows. */
  void run(
      Panel out,
      Heads q,
      KvPages pages,
      int layer,
      StepBlock block,
      GeneralKernels.Scoring scoring,
      int rows) {
    kernel
        .with(out.address())
        .with(scratch.partials)
        .with(scratch.rangesMax)
        .with(scratch.counters)
        .with(q.address())
        .with(pages.keys(layer))
        .with(pages.values(layer))
        .with(pages.blockStride())
        .with(block.blocksAt())
        .with(block.tablesAt())
        .with(block.positionsAt())
        .with(scoring.slopes())
        .with(q.groups())
        .with(q.perGroup())
        .with(q.dim())
        .with(q.rowStride())
        .with(q.groupStride())
        .with(scoring.window())
        .with(scoring.scale())
        .with(scoring.softCap())
        .launch(
            stream,
            Math.min(BLOCKS_MAX, scratch.rangesMax),
            q.groups() * Math.ceilDiv(q.perGroup(), QUERIES),
            rows);
  }
}
