package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;

import io.lorikeet.kernels.KvHead;

/** Memory of one thread, kept between calls. */
final class Scratch {
  /** Query heads that attention takes at once. */
  static final int HEADS = 4;

  /** Elements of GELU between its loops. */
  static final int CHUNK = 512;

  final float[] lanes = new float[CHAIN];
  final int[] indices = new int[CHAIN];

  /** {@code [4][Lanes.LENGTH]}: words of counters. */
  final int[] words = new int[4 * Lanes.LENGTH];

  /** {@code [HEADS][256]}: scores of a range, then their exponentials. */
  final float[] scores = new float[HEADS * KvHead.RANGE];

  /** {@code [HEADS]}: largest score so far. */
  final float[] max = new float[HEADS];

  /** {@code [HEADS]}: sum of exponentials so far. */
  final float[] sum = new float[HEADS];

  /** {@code [HEADS]}: factor of the values so far when a range is merged. */
  final float[] old = new float[HEADS];

  /** {@code [HEADS]}: factor of the range's values then. */
  final float[] fresh = new float[HEADS];

  final float[] variables = new float[CHUNK];
  final float[] exponents = new float[CHUNK];

  private float[] values = new float[0];

  /** {@code [HEADS][headDim]}: values of a range. */
  float[] values(int headDim) {
    if (values.length < HEADS * headDim) {
      values = new float[HEADS * headDim];
    }
    return values;
  }
}
