/*
 * Integer dot products with AVX2. vpmaddubsw multiplies unsigned by signed bytes and adds pairs to 16 bits, which must not saturate: for Q8
 * the weights' magnitudes (at most 127) meet activations that carry their signs; for Q4 the stored halves (at most 15) are small enough.
 * 16 rows are two vectors of 8.
 */
#pragma GCC target("avx2,fma,f16c")
#include <immintrin.h>

#include "exact.h"
#include "kernels.h"

#define FACE avx2
#define GROUPS_MAX 1
#define TOKENS_MAX 4
#include "int8.h"

/* w [units], t: first token, row: first row. y = the chains over all blocks. */
INLINE void tile(const int q4, const int groups, const int tokens, const Work *work, int t, int row) {
  (void) groups;
  const __m256i low = _mm256_set1_epi8(15), one = _mm256_set1_epi16(1), flip = _mm256_set1_epi8((char) 0x80);
  for (int half = 0; half < 2 && half * 8 < work->rows; half++) {
    __m256 acc[TOKENS_MAX];
#pragma GCC unroll 4
    for (int i = 0; i < tokens; i++) acc[i] = _mm256_setzero_ps();
    for (int u = 0; u < work->units; u++) {
      const uint8_t *unit = work->w + (size_t) u * unit_bytes(q4);
      for (int b = 0; b < 2; b++) {
        __m256i dot[TOKENS_MAX];
#pragma GCC unroll 4
        for (int i = 0; i < tokens; i++) dot[i] = q4 ? _mm256_set1_epi32(-offset_of(q4) * work->sums[t + i][2 * u + b]) : _mm256_setzero_si256();
#pragma GCC unroll 8
        for (int j = 0; j < 8; j++) {
          const uint8_t *at = unit + SCALE_BYTES + b * block_bytes(q4) + (q4 ? j % 4 : j) * 64 + half * 32;
          if (work->ahead && half == 0 && (!q4 || j < 4)) _mm_prefetch((const char *) at + 6 * unit_bytes(q4), _MM_HINT_T0);
          __m256i v = _mm256_loadu_si256((const __m256i *) at);
          v = q4 ? _mm256_and_si256(j < 4 ? v : _mm256_srli_epi16(v, 4), low) : _mm256_xor_si256(v, flip);
          __m256i magnitude = q4 ? v : _mm256_abs_epi8(v);
#pragma GCC unroll 4
          for (int i = 0; i < tokens; i++) {
            int four;
            memcpy(&four, work->x[t + i] + u * 64 + b * 32 + j * 4, 4);
            __m256i x = _mm256_set1_epi32(four);
            if (!q4) x = _mm256_sign_epi8(x, v);
            dot[i] = _mm256_add_epi32(dot[i], _mm256_madd_epi16(_mm256_maddubs_epi16(magnitude, x), one));
          }
        }
        __m256 scale = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) (unit + b * 32 + half * 16)));
#pragma GCC unroll 4
        for (int i = 0; i < tokens; i++) {
          __m256 both = _mm256_mul_ps(scale, _mm256_set1_ps(work->scales[t + i][2 * u + b]));
          acc[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[i]), both, acc[i]);
        }
      }
    }
    int there = work->rows - half * 8;
    for (int i = 0; i < tokens; i++) {
      float *y = work->y[t + i] + row + half * 8;
      if (there >= 8) {
        _mm256_storeu_ps(y, acc[i]);
      } else {
        float all[8];
        _mm256_storeu_ps(all, acc[i]);
        memcpy(y, all, (size_t) there * sizeof(float));
      }
    }
  }
}
