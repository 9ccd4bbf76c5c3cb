package io.lorikeet.http.embeddings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class VectorsTest {
  @Test
  void aNormalizedVectorHasLengthOneAndItsDirection() {
    assertArrayEquals(new float[] {0.6f, -0.8f}, Vectors.normalized(new float[] {3, -4}));
    assertArrayEquals(new float[] {1, 0}, Vectors.normalized(new float[] {1e-30f, 0}));
    assertArrayEquals(
        new float[] {1, 0}, Vectors.normalized(new float[] {Float.MAX_VALUE, 0}), "no overflow");
  }

  @Test
  void aVectorOfLengthZeroStays() {
    assertArrayEquals(new float[] {0, 0}, Vectors.normalized(new float[] {0, 0}));
  }

  @Test
  void base64HoldsTheBytesOfFloatsLittleEndian() {
    // 1f is 0x3f800000, -2f is 0xc0000000.
    assertEquals("AACAPwAAAMA=", Vectors.base64(new float[] {1, -2}));
  }
}
