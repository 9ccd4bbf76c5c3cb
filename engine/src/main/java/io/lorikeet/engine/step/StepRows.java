package io.lorikeet.engine.step;

import io.lorikeet.engine.model.DecoderSpec;
import io.lorikeet.engine.spi.Emit;
import io.lorikeet.engine.spi.Step;
import io.lorikeet.kernels.KvHead;
import java.util.Arrays;

/** The rows of the step in flight, checked, with what every layer needs to know of them. */
public final class StepRows {
  private final DecoderSpec spec;
  private final Seats seats;
  private final int kvBlocks;
  private final int contextMax;

  public final int[] token; // [rows] vocabulary id, or lastOf the seat that the device knows it of
  public final int[] position; // [rows]
  public final int[] table; // [rows] where the row's block table begins in blocks
  public final int[] emitting; // [emittingCount] rows that need logits, ascending
  public final int[] hidden; // [hiddenCount] rows that emit their hidden state, ascending
  public final int[] identity; // [rows] for kernels that take row indices
  public final Angles[] angles; // one per kind of rotary embedding, as in DecoderSpec.ropes
  public int[] blocks = {};
  public int count;
  public int emittingCount;
  public int hiddenCount;

  /**
   * @param kvBlocks blocks of the KV cache
   * @param contextMax positions of one sequence
   */
  public StepRows(DecoderSpec spec, Seats seats, int rowsMax, int kvBlocks, int contextMax) {
    this.spec = spec;
    this.seats = seats;
    this.kvBlocks = kvBlocks;
    this.contextMax = contextMax;
    token = new int[rowsMax];
    position = new int[rowsMax];
    table = new int[rowsMax];
    emitting = new int[rowsMax];
    hidden = new int[rowsMax];
    identity = new int[rowsMax];
    Arrays.setAll(identity, i -> i);
    angles =
        spec.ropes().stream()
            .map(rope ->
                new Angles(rope, spec.attention().rotaryDim(), spec.positionsMax(), rowsMax))
            .toArray(Angles[]::new);
  }

  /**
   * Takes over a step.
   *
   * @throws IllegalArgumentException a row names what is not there
   */
  public void read(Step step) {
    if (step.rows < 1 || step.rows > token.length) {
      throw new IllegalArgumentException(
          "rows must be between 1 and " + token.length + ". Given: " + step.rows);
    }
    count = step.rows;
    blocks = step.blocks;
    emittingCount = 0;
    hiddenCount = 0;
    for (int row = 0; row < count; row++) {
      int sequence = step.sequence[row];
      seats.requireBound(step.seat[sequence]);
      token[row] = token(step, row, step.seat[sequence]);
      position[row] = step.position[row];
      table[row] = step.blockBegin[sequence];
      checkPlace(step, row, sequence);
      int length = Math.max(step.promptLength[sequence], position[row] + 1);
      for (Angles each : angles) {
        each.fill(row, position[row], length);
      }
      if (step.emit[row] == Emit.SCORE) {
        checkTarget(step, row);
      }
      switch (step.emit[row]) {
        case NONE -> {}
        case SAMPLE, LOGITS, SCORE -> emitting[emittingCount++] = row;
        case HIDDEN -> hidden[hiddenCount++] = row;
      }
    }
  }

  /** The block that the row's key and value go to. */
  public int block(int row) {
    return blocks[table[row] + position[row] / KvHead.TOKENS];
  }

  /** The row's place in that block. */
  public int place(int row) {
    return position[row] % KvHead.TOKENS;
  }

  /** Stands for the last token of a seat, while a device draws it. */
  public static int lastOf(int seat) {
    return -2 - seat;
  }

  private int token(Step step, int row, int seat) {
    int given = step.token[row];
    if (given == Step.LAST_TOKEN && seats.isDrawing(seat)) {
      return lastOf(seat);
    }
    int known = given == Step.LAST_TOKEN ? seats.lastToken(seat) : given;
    if (known < 0 || known >= spec.vocab()) {
      throw new IllegalArgumentException(
          "token of row %d must be < %d. Given: %d".formatted(row, spec.vocab(), known));
    }
    return known;
  }

  private void checkTarget(Step step, int row) {
    if (step.target[row] < 0 || step.target[row] >= spec.vocab()) {
      throw new IllegalArgumentException(
          "target of row %d must be < %d. Given: %d"
              .formatted(row, spec.vocab(), step.target[row]));
    }
  }

  private void checkPlace(Step step, int row, int sequence) {
    int at = position[row];
    int tableBlocks = step.blockBegin[sequence + 1] - step.blockBegin[sequence];
    if (at < 0 || at >= contextMax || at / KvHead.TOKENS >= tableBlocks) {
      throw new IllegalArgumentException(
          "position of row %d must be < %d and within %d blocks. Given: %d"
              .formatted(row, contextMax, tableBlocks, at));
    }
    int block = block(row);
    if (block < 0 || block >= kvBlocks) {
      throw new IllegalArgumentException(
          "block of row %d must be < %d. Given: %d".formatted(row, kvBlocks, block));
    }
  }
}
