package io.lorikeet.kernels.vector.lanes;

import io.lorikeet.kernels.ExactMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The functions of {@link ExactMath}, operation by operation. */
final class Elementary {
  private static final int ROUND_BITS = Float.floatToRawIntBits(ExactMath.ROUND);

  private Elementary() {}

  static FloatVector exp(FloatVector x) {
    FloatVector v = x.blend(ExactMath.EXP_MIN, x.lt(ExactMath.EXP_MIN));
    v = v.blend(ExactMath.EXP_MAX, v.compare(VectorOperators.GT, ExactMath.EXP_MAX));
    FloatVector shifted = v.fma(ExactMath.LOG2_E, ExactMath.ROUND);
    IntVector n = shifted.reinterpretAsInts().sub(ROUND_BITS);
    FloatVector whole = shifted.sub(ExactMath.ROUND);
    FloatVector r = whole.fma(Lanes.broadcast(-ExactMath.LN2_HIGH), v);
    r = whole.fma(Lanes.broadcast(-ExactMath.LN2_LOW), r);
    FloatVector q = Lanes.broadcast(ExactMath.E6).fma(r, Lanes.broadcast(ExactMath.E5));
    q = q.fma(r, Lanes.broadcast(ExactMath.E4));
    q = q.fma(r, Lanes.broadcast(ExactMath.E3));
    q = q.fma(r, Lanes.broadcast(ExactMath.E2));
    FloatVector p = q.fma(r.mul(r), r).add(1f);
    IntVector half = n.lanewise(VectorOperators.ASHR, 1);
    return p.mul(powerOfTwo(half)).mul(powerOfTwo(n.sub(half)));
  }

  private static FloatVector powerOfTwo(IntVector n) {
    return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  static FloatVector silu(FloatVector x) {
    return x.div(exp(x.neg()).add(1f));
  }

  /** First half of GELU, the variable of its polynomial. */
  static FloatVector geluVariable(FloatVector x) {
    FloatVector a = x.abs().mul(ExactMath.SQRT_HALF);
    return Lanes.broadcast(1f).div(a.fma(0.5f, 1f));
  }

  /** The exponent of GELU's tail, {@code t} its variable. */
  static FloatVector geluExponent(FloatVector x, FloatVector t) {
    FloatVector p = Lanes.broadcast(ExactMath.C9).fma(t, Lanes.broadcast(ExactMath.C8));
    p = p.fma(t, Lanes.broadcast(ExactMath.C7));
    p = p.fma(t, Lanes.broadcast(ExactMath.C6));
    p = p.fma(t, Lanes.broadcast(ExactMath.C5));
    p = p.fma(t, Lanes.broadcast(ExactMath.C4));
    p = p.fma(t, Lanes.broadcast(ExactMath.C3));
    p = p.fma(t, Lanes.broadcast(ExactMath.C2));
    p = p.fma(t, Lanes.broadcast(ExactMath.C1));
    p = p.fma(t, Lanes.broadcast(ExactMath.C0));
    FloatVector a = x.abs().mul(ExactMath.SQRT_HALF);
    return a.neg().fma(a, p);
  }

  /** GELU from its variable and {@code exp} of its exponent. */
  static FloatVector gelu(FloatVector x, FloatVector t, FloatVector e) {
    FloatVector tail = t.mul(0.5f).mul(e);
    FloatVector phi = Lanes.broadcast(1f).sub(tail).blend(tail, x.lt(0f));
    return x.mul(phi);
  }

  static FloatVector geluTanh(FloatVector x) {
    FloatVector u = x.mul(x.mul(x).fma(ExactMath.TANH_CUBIC, ExactMath.TANH_LINEAR));
    return x.div(exp(u).add(1f));
  }

  static FloatVector softCap(FloatVector x, float cap) {
    FloatVector e = exp(x.div(cap).mul(2f)).add(1f);
    return Lanes.broadcast(1f).sub(Lanes.broadcast(2f).div(e)).mul(cap);
  }
}
