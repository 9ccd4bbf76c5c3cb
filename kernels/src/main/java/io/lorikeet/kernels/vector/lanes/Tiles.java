package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of the exact chain: four rows of weights by one, two or four tokens, one part of
 * the lanes. Sums of (row, token) go to {@code lanes[(token * 4 + row) * 16 + part]}.
 */
final class Tiles {
  /** Rows of weights in a tile. */
  static final int ROWS = 4;

  /** Tokens of the larger tile. */
  static final int TOKENS = 4;

  private Tiles() {}

  /**
   * Four rows by one token.
   *
   * @param w0 byte offset of a row of weights, from the part's first lane on; w1.. likewise
   * @param x0 index of the token's activations, from the part's first lane on
   * @param next byte offset of four rows that are touched meanwhile, from first to last: a memory
   *     is read faster in order than from four places, and then they are near when their turn comes
   * @param width columns, a multiple of 16
   * @return something of what was touched, so that no compiler leaves it out
   */
  static int fourByOne(
      MemorySegment w,
      long w0,
      long w1,
      long w2,
      long w3,
      long next,
      float[] x,
      int x0,
      int width,
      float[] lanes,
      int part) {
    int touched = 0;
    FloatVector s0 = Lanes.broadcast(0f);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int k = 0; k < width; k += CHAIN) {
      FloatVector a = Lanes.load(x, x0 + k);
      long at = (long) k * Stored.BYTES;
      touched += Stored.touch(w, next + ROWS * at);
      s0 = Stored.load(w, w0 + at).fma(a, s0);
      s1 = Stored.load(w, w1 + at).fma(a, s1);
      s2 = Stored.load(w, w2 + at).fma(a, s2);
      s3 = Stored.load(w, w3 + at).fma(a, s3);
    }
    Lanes.store(s0, s1, s2, s3, lanes, part);
    return touched;
  }

  /** Half of {@link #fourByOne}: rows 0 and 1. */
  static void twoByOne(
      MemorySegment w, long w0, long w1, float[] x, int x0, int width, float[] lanes, int part) {
    FloatVector s0 = Lanes.broadcast(0f);
    FloatVector s1 = s0;
    for (int k = 0; k < width; k += CHAIN) {
      FloatVector a = Lanes.load(x, x0 + k);
      long at = (long) k * Stored.BYTES;
      s0 = Stored.load(w, w0 + at).fma(a, s0);
      s1 = Stored.load(w, w1 + at).fma(a, s1);
    }
    s0.intoArray(lanes, part);
    s1.intoArray(lanes, CHAIN + part);
  }

  /** Four rows by two tokens, as {@link #fourByOne}; sXY is the sum of row X and token Y. */
  static void fourByTwo(
      MemorySegment w,
      long w0,
      long w1,
      long w2,
      long w3,
      float[] x,
      int x0,
      int x1,
      int width,
      float[] lanes,
      int part) {
    FloatVector s00 = Lanes.broadcast(0f);
    FloatVector s01 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
    for (int k = 0; k < width; k += CHAIN) {
      FloatVector a0 = Lanes.load(x, x0 + k);
      FloatVector a1 = Lanes.load(x, x1 + k);
      long at = (long) k * Stored.BYTES;
      FloatVector row0 = Stored.load(w, w0 + at);
      s00 = row0.fma(a0, s00);
      s01 = row0.fma(a1, s01);
      FloatVector row1 = Stored.load(w, w1 + at);
      s10 = row1.fma(a0, s10);
      s11 = row1.fma(a1, s11);
      FloatVector row2 = Stored.load(w, w2 + at);
      s20 = row2.fma(a0, s20);
      s21 = row2.fma(a1, s21);
      FloatVector row3 = Stored.load(w, w3 + at);
      s30 = row3.fma(a0, s30);
      s31 = row3.fma(a1, s31);
    }
    Lanes.store(s00, s10, s20, s30, lanes, part);
    Lanes.store(s01, s11, s21, s31, lanes, ROWS * CHAIN + part);
  }

  /**
   * Four rows by four tokens; sXY is the sum of row X and token Y.
   *
   * @param panel {@code [width / 16][4 rows][16]} from {@code panelAt} on, the part's first lane
   * @param x0 index of a token's activations, from the part's first lane on; x1.. likewise
   */
  static void fourByFour(
      float[] panel,
      int panelAt,
      float[] x,
      int x0,
      int x1,
      int x2,
      int x3,
      int width,
      float[] lanes,
      int part) {
    FloatVector s00 = Lanes.broadcast(0f);
    FloatVector s01 = s00;
    FloatVector s02 = s00;
    FloatVector s03 = s00;
    FloatVector s10 = s00;
    FloatVector s11 = s00;
    FloatVector s12 = s00;
    FloatVector s13 = s00;
    FloatVector s20 = s00;
    FloatVector s21 = s00;
    FloatVector s22 = s00;
    FloatVector s23 = s00;
    FloatVector s30 = s00;
    FloatVector s31 = s00;
    FloatVector s32 = s00;
    FloatVector s33 = s00;
    for (int k = 0; k < width; k += CHAIN) {
      FloatVector a0 = Lanes.load(x, x0 + k);
      FloatVector a1 = Lanes.load(x, x1 + k);
      FloatVector a2 = Lanes.load(x, x2 + k);
      FloatVector a3 = Lanes.load(x, x3 + k);
      int at = panelAt + k * ROWS;
      FloatVector row = Lanes.load(panel, at);
      s00 = row.fma(a0, s00);
      s01 = row.fma(a1, s01);
      s02 = row.fma(a2, s02);
      s03 = row.fma(a3, s03);
      row = Lanes.load(panel, at + CHAIN);
      s10 = row.fma(a0, s10);
      s11 = row.fma(a1, s11);
      s12 = row.fma(a2, s12);
      s13 = row.fma(a3, s13);
      row = Lanes.load(panel, at + 2 * CHAIN);
      s20 = row.fma(a0, s20);
      s21 = row.fma(a1, s21);
      s22 = row.fma(a2, s22);
      s23 = row.fma(a3, s23);
      row = Lanes.load(panel, at + 3 * CHAIN);
      s30 = row.fma(a0, s30);
      s31 = row.fma(a1, s31);
      s32 = row.fma(a2, s32);
      s33 = row.fma(a3, s33);
    }
    Lanes.store(s00, s10, s20, s30, lanes, part);
    Lanes.store(s01, s11, s21, s31, lanes, ROWS * CHAIN + part);
    Lanes.store(s02, s12, s22, s32, lanes, 2 * ROWS * CHAIN + part);
    Lanes.store(s03, s13, s23, s33, lanes, 3 * ROWS * CHAIN + part);
  }

  /** The first steps of {@code count} trees, whose chains lie one after the other, in place. */
  static void quads(float[] lanes, int offset, int count) {
    for (int i = 0; i < count; i++) {
      Lanes.quad(lanes, offset + i * CHAIN);
    }
  }
}
