package io.lorikeet.kernels.vector.lanes;

import io.lorikeet.kernels.vector.Specialisation;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The species of this specialisation, and what every operation does with lanes. */
final class Lanes {
  /** Partial sums of an exact chain. */
  static final int CHAIN = 16;

  static final int BITS = Specialisation.of(Lanes.class).bits();
  static final VectorSpecies<Float> F = VectorShape.forBitSize(BITS).withLanes(float.class);
  static final VectorSpecies<Integer> I = VectorShape.forBitSize(BITS).withLanes(int.class);

  /** Floats of a vector; a chain takes CHAIN / LENGTH parts. */
  static final int LENGTH = F.length();

  private static final VectorShuffle<Float> BY_EIGHT = turn(8);
  private static final VectorShuffle<Float> BY_FOUR = turn(4);

  private Lanes() {}

  static FloatVector load(float[] array, int index) {
    return FloatVector.fromArray(F, array, index);
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(F, value);
  }

  static IntVector broadcast(int value) {
    return IntVector.broadcast(I, value);
  }

  static FloatVector load(MemorySegment data, long offset) {
    return FloatVector.fromMemorySegment(F, data, offset, ByteOrder.nativeOrder());
  }

  /** One part of four chains that lie one after the other. */
  static void store(
      FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3, float[] lanes, int offset) {
    s0.intoArray(lanes, offset);
    s1.intoArray(lanes, CHAIN + offset);
    s2.intoArray(lanes, 2 * CHAIN + offset);
    s3.intoArray(lanes, 3 * CHAIN + offset);
  }

  /** {@link io.lorikeet.kernels.ExactMath#tree}: distances 8 and 4 by vectors, then 2 and 1. */
  static float tree(float[] lanes, int offset) {
    FloatVector s = four(lanes, offset);
    return (s.lane(0) + s.lane(2)) + (s.lane(1) + s.lane(3));
  }

  /** The first steps of a tree, in place: four sums are left where the chain begins. */
  static void quad(float[] lanes, int offset) {
    four(lanes, offset).intoArray(lanes, offset);
  }

  // Whole vectors only: a second length of vector makes the compiler doubt which one it has before
  // it, everywhere, and then it boxes them.
  private static FloatVector four(float[] lanes, int offset) {
    FloatVector v = load(lanes, offset);
    if (LENGTH == CHAIN) {
      v = v.add(v.rearrange(BY_EIGHT));
      return v.add(v.rearrange(BY_FOUR));
    }
    v = v.add(load(lanes, offset + 8));
    if (LENGTH == CHAIN / 2) {
      return v.add(v.rearrange(BY_FOUR));
    }
    return v.add(load(lanes, offset + 4).add(load(lanes, offset + 12)));
  }

  private static VectorShuffle<Float> turn(int lanes) {
    return VectorShuffle.fromOp(F, lane -> (lane + lanes) % LENGTH);
  }
}
