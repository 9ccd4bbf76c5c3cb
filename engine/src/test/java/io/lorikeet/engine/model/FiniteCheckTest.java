package io.lorikeet.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.kernels.DType;
import io.lorikeet.kernels.Matrix;
import io.lorikeet.kernels.Widen;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FiniteCheckTest {
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F16", "BF16"})
  void every16BitPatternIsJudgedAsItsValue(DType dtype) {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = dtype == DType.F16 ? Widen.f16((short) bits) : Widen.bf16((short) bits);
      ByteBuffer data = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
      data.putShort(0, (short) bits);
      assertEquals(Float.isFinite(value), isFinite(dtype, 1, data.array()), "bits " + bits);
    }
  }

  @Test
  void extremeSinglesAreJudgedAsTheirValue() {
    float[] values = {
      0f,
      -0f,
      Float.MIN_VALUE,
      -Float.MAX_VALUE,
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.intBitsToFloat(0x7f800001),
      Float.intBitsToFloat(0x7f7fffff)
    };
    for (float value : values) {
      ByteBuffer data = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      data.putInt(0, Float.floatToRawIntBits(value));
      assertEquals(Float.isFinite(value), isFinite(DType.F32, 1, data.array()), "" + value);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void oneBadElementIsFoundAtAnyPlaceOfAnyLength(DType dtype) {
    int bytes = dtype.bytes();
    Random random = new Random(11);
    for (int count = 1; count <= 11; count++) {
      byte[] data = new byte[count * bytes];
      random.nextBytes(data);
      for (int i = 0; i < count; i++) {
        data[i * bytes + bytes - 1] = (byte) (random.nextBoolean() ? 0x3b : 0xbb);
      }
      assertTrue(isFinite(dtype, count, data), "seed 11, count " + count);
      for (int at = 0; at < count; at++) {
        byte[] bad = data.clone();
        bad[at * bytes + bytes - 1] = (byte) 0xff;
        bad[at * bytes + bytes - 2] = (byte) 0xff;
        assertFalse(isFinite(dtype, count, bad), "seed 11, count " + count + ", at " + at);
      }
    }
  }

  private static boolean isFinite(DType dtype, int count, byte[] data) {
    return FiniteCheck.isFinite(new Matrix(MemorySegment.ofArray(data), dtype, 1, count));
  }
}
