package io.lorikeet.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Widening over all 65,536 patterns. */
final class WidenTest {
  @Test
  void everyF16IsWidenedExactly() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float expected = Float.float16ToFloat((short) bits);
      float actual = Widen.f16((short) bits);
      assertEquals(Float.isNaN(expected), Float.isNaN(actual), "bits " + bits);
      if (!Float.isNaN(expected)) {
        assertEquals(
            Float.floatToRawIntBits(expected), Float.floatToRawIntBits(actual), "bits " + bits);
      }
    }
  }

  @Test
  void f16NaNKeepsSignAndPayload() {
    assertEquals(0xffc02000, Float.floatToRawIntBits(Widen.f16((short) 0xfe01)));
    assertEquals(0x7f802000, Float.floatToRawIntBits(Widen.f16((short) 0x7c01)));
  }

  @Test
  void everyBf16IsTheUpperHalfOfItsF32() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      assertEquals(bits << 16, Float.floatToRawIntBits(Widen.bf16((short) bits)));
    }
  }

  @Test
  void elementsAreReadInLittleEndianOrder() {
    Matrix halves = Matrices.allHalves(DType.F16);
    assertEquals(1f, Widen.element(DType.F16, halves.data(), 0x3c00));
    assertEquals(2f, Widen.element(DType.BF16, halves.data(), 0x4000));
    assertEquals(3f, Widen.element(DType.F32, Matrices.row(1, 2, 3).data(), 2));
    assertTrue(Float.isInfinite(Widen.element(DType.F16, halves.data(), 0xfc00)));
  }
}
