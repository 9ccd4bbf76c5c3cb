package io.lorikeet.gpu.forward;

import io.lorikeet.gpu.adapter.JoinBlock;
import io.lorikeet.gpu.driver.Context;
import io.lorikeet.gpu.driver.Kernel;
import io.lorikeet.gpu.driver.Stream;

/**
 * The kernels of {@code adapters.cu}, queued on one stream. Entries are given by the address of
 * slot 0's.
 */
final class AdapterKernels {
  private static final int THREADS = 256;
  private static final int ROWS = 16; // of a matrix, in a block
  private static final int REPLACE_BLOCKS_MAX = 1024; // they loop beyond

  private final Stream stream;
  private final int slotBytes;
  private final Kernel shrink;
  private final Kernel finish;
  private final Kernel shrinkChoices;
  private final Kernel finishChoices;
  private final Kernel scaleInputs;
  private final Kernel replaceOutputs;
  private final Kernel embed;

  AdapterKernels(Context context, Stream stream, int slotBytes) {
    this.stream = stream;
    this.slotBytes = slotBytes;
    shrink = context.kernel("adapter_shrink");
    finish = context.kernel("adapter_finish");
    shrinkChoices = context.kernel("expert_shrink");
    finishChoices = context.kernel("expert_finish");
    scaleInputs = context.kernel("adapter_scale_inputs");
    replaceOutputs = context.kernel("adapter_replace_outputs");
    embed = context.kernel("adapter_embed");
  }

  /**
   * First half of low-rank updates.
   *
   * @param count joins
   */
  void shrink(Panel h, Panel x, long delta, JoinBlock.Table joins, int count) {
    shrink
        .with(h.address())
        .with(x.address())
        .with(delta)
        .with(slotBytes)
        .with(joins.row())
        .with(joins.slot())
        .with(x.width())
        .with(x.stride())
        .with(h.stride())
        .launch(stream, Math.ceilDiv(h.width(), ROWS), count, 1);
  }

  /** Second half, scales of outputs, and biases. */
  void finish(Panel y, Panel h, long delta, JoinBlock.Table joins, int rows) {
    finish
        .with(y.address())
        .with(h.address())
        .with(delta)
        .with(slotBytes)
        .with(joins.begin())
        .with(joins.slot())
        .with(joins.weight())
        .with(y.width())
        .with(y.stride())
        .with(h.stride())
        .launch(stream, Math.ceilDiv(y.width(), THREADS), rows, 1);
  }

  /**
   * Entries of experts: the address of expert 0's in slot 0's record, and the bytes from one expert
   * to the next.
   */
  record ExpertEntries(long first, int bytes) {}

  /**
   * First half of low-rank updates of choices; x is dense.
   *
   * @param shared choices that read the same row of x
   * @param count joins
   */
  void shrinkChoices(
      Panel h,
      Panel x,
      int shared,
      ExpertEntries entries,
      long chosen,
      JoinBlock.Table joins,
      int count) {
    shrinkChoices
        .with(h.address())
        .with(x.address())
        .with(entries.first)
        .with(slotBytes)
        .with(entries.bytes)
        .with(chosen)
        .with(joins.row())
        .with(joins.slot())
        .with(x.width())
        .with(shared)
        .with(h.stride())
        .launch(stream, Math.ceilDiv(h.width(), ROWS), count, 1);
  }

  /** Second half, scales of outputs, and biases of choices; y is dense. */
  void finishChoices(
      Panel y, Panel h, ExpertEntries entries, long chosen, JoinBlock.Table joins, int choices) {
    finishChoices
        .with(y.address())
        .with(h.address())
        .with(entries.first)
        .with(slotBytes)
        .with(entries.bytes)
        .with(chosen)
        .with(joins.begin())
        .with(joins.slot())
        .with(joins.weight())
        .with(y.width())
        .with(h.stride())
        .launch(stream, Math.ceilDiv(y.width(), THREADS), choices, 1);
  }

  /** A copy of x with the inputs of adapted rows scaled. */
  void scaleInputs(Panel y, Panel x, long delta, JoinBlock.Table joins, int rows) {
    scaleInputs
        .with(y.address())
        .with(x.address())
        .with(delta)
        .with(slotBytes)
        .with(joins.begin())
        .with(joins.slot())
        .with(x.width())
        .with(y.stride())
        .with(x.stride())
        .launch(stream, Math.ceilDiv(x.width(), THREADS), rows, 1);
  }

  /** Outputs of rows of a matrix that adapters have of their own; x is dense. */
  void replaceOutputs(Panel y, Panel x, long replacement, JoinBlock.Table joins, int count) {
    replaceOutputs
        .with(y.address())
        .with(x.address())
        .with(replacement)
        .with(slotBytes)
        .with(joins.row())
        .with(joins.slot())
        .with(x.width())
        .with(y.stride())
        .launch(stream, Math.min(REPLACE_BLOCKS_MAX, Math.ceilDiv(y.width(), ROWS)), count, 1);
  }

  /**
   * Makes dense embeddings those of adapters.
   *
   * @param matrix a replacement of all rows
   * @param some of some
   * @param update what is added
   * @param indices address of the rows' tokens or positions
   */
  void embed(
      Panel y, long matrix, long some, long update, JoinBlock.Table joins, long indices, int rows) {
    embed
        .with(y.address())
        .with(matrix)
        .with(some)
        .with(update)
        .with(slotBytes)
        .with(joins.begin())
        .with(joins.slot())
        .with(joins.weight())
        .with(indices)
        .with(y.width())
        .launch(stream, rows);
  }
}
