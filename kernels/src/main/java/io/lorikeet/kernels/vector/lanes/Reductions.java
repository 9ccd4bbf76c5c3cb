package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.CHAIN;
import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.ExactMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Operations that bring a row of F32 values down to one. {@code lanes} is scratch, 16 floats. */
final class Reductions {
  private Reductions() {}

  /** Sum of squares by the exact chain. */
  static float squares(float[] x, int offset, int width, float[] lanes) {
    int whole = width & -CHAIN;
    for (int part = 0; part < CHAIN; part += LENGTH) {
      squares(x, offset + part, whole, lanes, part);
    }
    for (int i = whole; i < width; i++) {
      lanes[i - whole] = Math.fma(x[offset + i], x[offset + i], lanes[i - whole]);
    }
    return Lanes.tree(lanes, 0);
  }

  // Padding needs no step here: a sum of squares is never -0.
  private static void squares(float[] x, int offset, int width, float[] lanes, int part) {
    FloatVector sum = Lanes.broadcast(0f);
    for (int i = 0; i < width; i += CHAIN) {
      FloatVector v = Lanes.load(x, offset + i);
      sum = v.fma(v, sum);
    }
    sum.intoArray(lanes, part);
  }

  /** Sum over 16 lanes and the tree. */
  static float sum(float[] x, int offset, int width, float[] lanes) {
    int whole = width & -CHAIN;
    for (int part = 0; part < CHAIN; part += LENGTH) {
      sum(x, offset + part, whole, lanes, part);
    }
    for (int i = whole; i < width; i++) {
      lanes[i - whole] += x[offset + i];
    }
    return Lanes.tree(lanes, 0);
  }

  private static void sum(float[] x, int offset, int width, float[] lanes, int part) {
    FloatVector sum = Lanes.broadcast(0f);
    for (int i = 0; i < width; i += CHAIN) {
      sum = sum.add(Lanes.load(x, offset + i));
    }
    sum.intoArray(lanes, part);
  }

  /** Sum of {@code (x - mean)^2} by the exact chain. */
  static float squares(float[] x, int offset, float mean, int width, float[] lanes) {
    int whole = width & -CHAIN;
    for (int part = 0; part < CHAIN; part += LENGTH) {
      squares(x, offset + part, mean, whole, lanes, part);
    }
    for (int i = whole; i < width; i++) {
      float deviation = x[offset + i] - mean;
      lanes[i - whole] = Math.fma(deviation, deviation, lanes[i - whole]);
    }
    return Lanes.tree(lanes, 0);
  }

  private static void squares(
      float[] x, int offset, float mean, int width, float[] lanes, int part) {
    FloatVector sum = Lanes.broadcast(0f);
    for (int i = 0; i < width; i += CHAIN) {
      FloatVector deviation = Lanes.load(x, offset + i).sub(mean);
      sum = deviation.fma(deviation, sum);
    }
    sum.intoArray(lanes, part);
  }

  /** Largest value, at least {@code max}; NaN if any is. */
  static float max(float max, float[] x, int offset, int width, float[] lanes) {
    FloatVector most = Lanes.broadcast(max);
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      most = most.max(Lanes.load(x, offset + i));
    }
    most.intoArray(lanes, 0);
    float result = max;
    for (int lane = 0; lane < LENGTH; lane++) {
      result = Math.max(result, lanes[lane]);
    }
    for (; i < width; i++) {
      result = Math.max(result, x[offset + i]);
    }
    return result;
  }

  /** Sum of {@code exp(x - max)} over 16 lanes and the tree. */
  static float expSum(float max, float[] x, int offset, int width, float[] lanes) {
    int whole = width & -CHAIN;
    for (int part = 0; part < CHAIN; part += LENGTH) {
      expSum(max, x, offset + part, whole, lanes, part);
    }
    for (int i = whole; i < width; i++) {
      lanes[i - whole] += ExactMath.exp(x[offset + i] - max);
    }
    return Lanes.tree(lanes, 0);
  }

  private static void expSum(float max, float[] x, int offset, int width, float[] lanes, int part) {
    FloatVector sum = Lanes.broadcast(0f);
    for (int i = 0; i < width; i += CHAIN) {
      sum = sum.add(Elementary.exp(Lanes.load(x, offset + i).sub(max)));
    }
    sum.intoArray(lanes, part);
  }

  /** Index of the largest value, the lowest on ties; NaN never wins. */
  static int argmax(float[] x, int offset, int width, float[] lanes, int[] indices) {
    FloatVector most = Lanes.broadcast(Float.NEGATIVE_INFINITY);
    IntVector best = Lanes.broadcast(0);
    IntVector index = best.addIndex(1);
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      FloatVector v = Lanes.load(x, offset + i);
      VectorMask<Float> larger = v.compare(VectorOperators.GT, most);
      most = most.blend(v, larger);
      best = best.blend(index, larger.cast(Lanes.I));
      index = index.add(LENGTH);
    }
    most.intoArray(lanes, 0);
    best.intoArray(indices, 0);
    float value = lanes[0];
    int at = indices[0];
    for (int lane = 1; lane < LENGTH; lane++) {
      if (lanes[lane] > value || (lanes[lane] == value && indices[lane] < at)) {
        value = lanes[lane];
        at = indices[lane];
      }
    }
    for (; i < width; i++) {
      if (x[offset + i] > value) {
        value = x[offset + i];
        at = i;
      }
    }
    return at;
  }

  /** The largest value of each block; NaN where one is. */
  static void maxima(float[] x, int offset, int width, int block, float[] y) {
    for (int begin = 0, at = 0; begin < width; begin += block, at++) {
      y[at] = max(x, offset + begin, Math.min(block, width - begin));
    }
  }

  private static float max(float[] x, int offset, int width) {
    float most = Float.NEGATIVE_INFINITY;
    int i = 0;
    if (width >= LENGTH) {
      FloatVector largest = Lanes.load(x, offset);
      for (i = LENGTH; i <= width - LENGTH; i += LENGTH) {
        largest = largest.max(Lanes.load(x, offset + i));
      }
      most = largest.reduceLanes(VectorOperators.MAX);
    }
    for (; i < width; i++) {
      most = Math.max(most, x[offset + i]);
    }
    return most;
  }
}
