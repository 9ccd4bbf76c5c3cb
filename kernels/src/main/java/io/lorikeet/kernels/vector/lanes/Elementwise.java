package io.lorikeet.kernels.vector.lanes;

import static io.lorikeet.kernels.vector.lanes.Lanes.LENGTH;

import io.lorikeet.kernels.Activation;
import io.lorikeet.kernels.ExactMath;
import jdk.incubator.vector.FloatVector;

/**
 * Operations whose elements know nothing of each other: whole vectors, then the rest one by one.
 */
final class Elementwise {
  private Elementwise() {}

  static void add(float[] x, int xOffset, float[] y, int yOffset, int width) {
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      Lanes.load(y, yOffset + i).add(Lanes.load(x, xOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < width; i++) {
      y[yOffset + i] += x[xOffset + i];
    }
  }

  static void multiply(float[] x, int xOffset, float[] y, int yOffset, int width) {
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      Lanes.load(y, yOffset + i).mul(Lanes.load(x, xOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < width; i++) {
      y[yOffset + i] *= x[xOffset + i];
    }
  }

  static void scale(float factor, float[] y, int yOffset, int width) {
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      Lanes.load(y, yOffset + i).mul(factor).intoArray(y, yOffset + i);
    }
    for (; i < width; i++) {
      y[yOffset + i] *= factor;
    }
  }

  static void addScaled(float factor, float[] x, int xOffset, float[] y, int yOffset, int width) {
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      FloatVector before = Lanes.load(y, yOffset + i);
      Lanes.load(x, xOffset + i).fma(Lanes.broadcast(factor), before).intoArray(y, yOffset + i);
    }
    for (; i < width; i++) {
      y[yOffset + i] = Math.fma(factor, x[xOffset + i], y[yOffset + i]);
    }
  }

  static void softCap(float cap, float[] y, int yOffset, int width) {
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      Elementary.softCap(Lanes.load(y, yOffset + i), cap).intoArray(y, yOffset + i);
    }
    for (; i < width; i++) {
      y[yOffset + i] = ExactMath.softCap(cap, y[yOffset + i]);
    }
  }

  static void exp(float[] x, int xOffset, float[] y, int yOffset, int width) {
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      Elementary.exp(Lanes.load(x, xOffset + i)).intoArray(y, yOffset + i);
    }
    for (; i < width; i++) {
      y[yOffset + i] = ExactMath.exp(x[xOffset + i]);
    }
  }

  /** {@code y = fma(slope, i + first, y)} for i in [0, width). */
  static void slope(float slope, int first, float[] y, int yOffset, int width) {
    for (int i = 0; i < width; i++) {
      y[yOffset + i] = Math.fma(slope, i + first, y[yOffset + i]);
    }
  }

  /** {@code y = fma((x - mean) * factor, weight, bias)}. */
  static void standardise(
      float[] x,
      int xOffset,
      float mean,
      float factor,
      float[] weight,
      float[] bias,
      int width,
      float[] y,
      int yOffset) {
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      FloatVector standard = Lanes.load(x, xOffset + i).sub(mean).mul(factor);
      standard.fma(Lanes.load(weight, i), Lanes.load(bias, i)).intoArray(y, yOffset + i);
    }
    for (; i < width; i++) {
      y[yOffset + i] = Math.fma((x[xOffset + i] - mean) * factor, weight[i], bias[i]);
    }
  }

  /** {@code y = (x * factor) * weight}. */
  static void scale(
      float[] x, int xOffset, float factor, float[] weight, int width, float[] y, int yOffset) {
    int i = 0;
    for (; i <= width - LENGTH; i += LENGTH) {
      FloatVector scaled = Lanes.load(x, xOffset + i).mul(factor).mul(Lanes.load(weight, i));
      scaled.intoArray(y, yOffset + i);
    }
    for (; i < width; i++) {
      y[yOffset + i] = x[xOffset + i] * factor * weight[i];
    }
  }

  static void gatedActivation(
      Activation kind,
      float[] gate,
      int gateOffset,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int width,
      Scratch s) {
    int whole = width & -LENGTH;
    switch (kind) {
      case SILU -> silu(gate, gateOffset, up, upOffset, out, outOffset, whole);
      case GELU -> gelu(gate, gateOffset, up, upOffset, out, outOffset, whole, s);
      case GELU_TANH -> geluTanh(gate, gateOffset, up, upOffset, out, outOffset, whole);
    }
    for (int i = whole; i < width; i++) {
      out[outOffset + i] = ExactMath.activation(kind, gate[gateOffset + i]) * up[upOffset + i];
    }
  }

  private static void silu(
      float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int n) {
    for (int i = 0; i < n; i += LENGTH) {
      FloatVector active = Elementary.silu(Lanes.load(gate, gateOffset + i));
      active.mul(Lanes.load(up, upOffset + i)).intoArray(out, outOffset + i);
    }
  }

  // In chunks of three loops: one would exceed the compiler's limit of nodes, and box its vectors.
  private static void gelu(
      float[] gate,
      int gateOffset,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int n,
      Scratch s) {
    for (int begin = 0; begin < n; begin += Scratch.CHUNK) {
      int count = Math.min(Scratch.CHUNK, n - begin);
      int from = gateOffset + begin;
      geluExponents(gate, from, s.variables, s.exponents, count);
      exp(s.exponents, count);
      gelu(
          gate,
          from,
          s.variables,
          s.exponents,
          up,
          upOffset + begin,
          out,
          outOffset + begin,
          count);
    }
  }

  private static void geluExponents(
      float[] gate, int gateOffset, float[] variables, float[] exponents, int n) {
    for (int i = 0; i < n; i += LENGTH) {
      FloatVector x = Lanes.load(gate, gateOffset + i);
      FloatVector t = Elementary.geluVariable(x);
      t.intoArray(variables, i);
      Elementary.geluExponent(x, t).intoArray(exponents, i);
    }
  }

  private static void exp(float[] x, int n) {
    for (int i = 0; i < n; i += LENGTH) {
      Elementary.exp(Lanes.load(x, i)).intoArray(x, i);
    }
  }

  private static void gelu(
      float[] gate,
      int gateOffset,
      float[] variables,
      float[] exponents,
      float[] up,
      int upOffset,
      float[] out,
      int outOffset,
      int n) {
    for (int i = 0; i < n; i += LENGTH) {
      FloatVector x = Lanes.load(gate, gateOffset + i);
      FloatVector active = Elementary.gelu(x, Lanes.load(variables, i), Lanes.load(exponents, i));
      active.mul(Lanes.load(up, upOffset + i)).intoArray(out, outOffset + i);
    }
  }

  private static void geluTanh(
      float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset, int n) {
    for (int i = 0; i < n; i += LENGTH) {
      FloatVector active = Elementary.geluTanh(Lanes.load(gate, gateOffset + i));
      active.mul(Lanes.load(up, upOffset + i)).intoArray(out, outOffset + i);
    }
  }

  /** Rotates one head: its first {@code half} elements with the others. */
  static void rotate(float[] x, int offset, int half, float[] cos, float[] sin, int tableOffset) {
    int i = 0;
    for (; i <= half - LENGTH; i += LENGTH) {
      FloatVector a = Lanes.load(x, offset + i);
      FloatVector b = Lanes.load(x, offset + half + i);
      FloatVector c = Lanes.load(cos, tableOffset + i);
      FloatVector s = Lanes.load(sin, tableOffset + i);
      b.neg().fma(s, a.mul(c)).intoArray(x, offset + i);
      a.fma(s, b.mul(c)).intoArray(x, offset + half + i);
    }
    for (; i < half; i++) {
      float a = x[offset + i];
      float b = x[offset + half + i];
      float c = cos[tableOffset + i];
      float s = sin[tableOffset + i];
      x[offset + i] = Math.fma(-b, s, a * c);
      x[offset + half + i] = Math.fma(a, s, b * c);
    }
  }

  /** Rotates one head by neighbours. No vectors: they would have to be shuffled. */
  static void rotateNeighbours(
      float[] x, int offset, int half, float[] cos, float[] sin, int tableOffset) {
    for (int i = 0; i < half; i++) {
      float a = x[offset + 2 * i];
      float b = x[offset + 2 * i + 1];
      float c = cos[tableOffset + i];
      float s = sin[tableOffset + i];
      x[offset + 2 * i] = Math.fma(-b, s, a * c);
      x[offset + 2 * i + 1] = Math.fma(a, s, b * c);
    }
  }
}
