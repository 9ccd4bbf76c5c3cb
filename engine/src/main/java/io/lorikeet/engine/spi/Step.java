package io.lorikeet.engine.spi;

/**
 * One step as primitive arrays, allocated once and refilled. It belongs to the executor from submit
 * to take; the scheduler keeps depth + 1 of them.
 *
 * <p>A row is one token position of one sequence. Rows of a sequence are consecutive and ascending
 * in position; a step mixes decode rows and prefill chunks. Within a layer all KV is written before
 * any row attends: row with position p attends positions 0..p through its sequence's block table.
 *
 * <p>A segment lists the rows that an adapter slot applies to, with a weight each. Rows in no
 * segment are the base model's; a row in several segments is a composition, summed in the order of
 * the segments. Segments are ordered by the generation of the adapter in their slot and not by the
 * slot's number, so that a sum has the same bits whatever slots were given out.
 */
public final class Step {
  /** Token value: the last token drawn on the row's seat, which the host may not have seen yet. */
  public static final int LAST_TOKEN = -1;

  /** Identity, ascending. */
  public long id;

  // rows
  public int rows;
  public final int[] token; // [rows] vocabulary id or LAST_TOKEN
  public final int[] position; // [rows] absolute position in the sequence
  public final int[] sequence; // [rows] index into the sequence arrays below
  public final Emit[] emit; // [rows]
  public final int[] target; // [rows] vocabulary id, of rows that score
  public final int[] top; // [rows] most likely tokens to name, of rows that score

  // sequences of this step
  public int sequences;
  public final int[] seat; // [sequences]
  public final int[]
      promptLength; // [sequences] original prompt tokens: length-dependent rotary tables use
  // max(promptLength, position + 1)
  public final int[] blockBegin; // [sequences + 1] offsets into blocks
  public final int[] blocks; // block tables, one after the other

  // adapter segments
  public int segments;
  public final int[] slot; // [segments]
  public final int[] segmentBegin; // [segments + 1] offsets into segmentRow and segmentWeight
  public final int[] segmentRow; // row indices, ascending within a segment
  public final float[] segmentWeight; // 1 for a plain adapter

  /**
   * @param rowsMax rows of one step
   * @param blocksMax entries of all block tables of one step
   * @param joinsMax segments that one row may join
   */
  public Step(int rowsMax, int blocksMax, int joinsMax) {
    token = new int[rowsMax];
    position = new int[rowsMax];
    sequence = new int[rowsMax];
    emit = new Emit[rowsMax];
    target = new int[rowsMax];
    top = new int[rowsMax];
    seat = new int[rowsMax];
    promptLength = new int[rowsMax];
    blockBegin = new int[rowsMax + 1];
    blocks = new int[blocksMax];
    slot = new int[rowsMax * joinsMax];
    segmentBegin = new int[rowsMax * joinsMax + 1];
    segmentRow = new int[rowsMax * joinsMax];
    segmentWeight = new float[rowsMax * joinsMax];
  }

  /** Empties the step for refilling. */
  public void clear(long newId) {
    id = newId;
    rows = 0;
    sequences = 0;
    segments = 0;
    blockBegin[0] = 0;
    segmentBegin[0] = 0;
  }
}
