/* Integer dot products with AVX-512 VNNI: unsigned weights times signed activations, four columns of 16 rows an instruction. */
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c")
#include <immintrin.h>

#include "exact.h"
#include "kernels.h"

#define FACE avx512
#define GROUPS_MAX 2 /* 12 sums of integers, 12 of floats */
#define TOKENS_MAX 6
#define AHEAD 6 /* units; the hardware does not run ahead of a loop that computes */
#include "int8.h"

/* w [groups][units], t: first token, row: first row. y = the chains over all blocks. */
INLINE void tile(const int q4, const int groups, const int tokens, const Work *work, int t, int row) {
  __m512 acc[GROUPS_MAX][TOKENS_MAX];
  const __m512i low = _mm512_set1_epi8(15);
#pragma GCC unroll 2
  for (int g = 0; g < groups; g++)
#pragma GCC unroll 6
    for (int i = 0; i < tokens; i++) acc[g][i] = _mm512_setzero_ps();
  for (int u = 0; u < work->units; u++) {
    const uint8_t *unit = work->w + (size_t) u * unit_bytes(q4);
#pragma GCC unroll 2
    for (int b = 0; b < 2; b++) {
      __m512i dot[GROUPS_MAX][TOKENS_MAX];
#pragma GCC unroll 6
      for (int i = 0; i < tokens; i++) {
        __m512i start = _mm512_set1_epi32(-offset_of(q4) * work->sums[t + i][2 * u + b]);
#pragma GCC unroll 2
        for (int g = 0; g < groups; g++) dot[g][i] = start;
      }
#pragma GCC unroll 8
      for (int j = 0; j < 8; j++) {
        __m512i v[GROUPS_MAX];
#pragma GCC unroll 2
        for (int g = 0; g < groups; g++) {
          const uint8_t *at = unit + g * work->group_bytes + SCALE_BYTES + b * block_bytes(q4) + (q4 ? j % 4 : j) * 64;
          if (work->ahead && (!q4 || j < 4)) _mm_prefetch((const char *) at + AHEAD * unit_bytes(q4), _MM_HINT_T0);
          v[g] = _mm512_loadu_si512(at);
          if (q4) v[g] = _mm512_and_si512(j < 4 ? v[g] : _mm512_srli_epi16(v[g], 4), low);
        }
#pragma GCC unroll 6
        for (int i = 0; i < tokens; i++) {
          int four;
          memcpy(&four, work->x[t + i] + u * 64 + b * 32 + j * 4, 4);
          __m512i x = _mm512_set1_epi32(four);
#pragma GCC unroll 2
          for (int g = 0; g < groups; g++) dot[g][i] = _mm512_dpbusd_epi32(dot[g][i], v[g], x);
        }
      }
#pragma GCC unroll 2
      for (int g = 0; g < groups; g++) {
        __m512 scale = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) (unit + g * work->group_bytes + b * 32)));
#pragma GCC unroll 6
        for (int i = 0; i < tokens; i++) {
          __m512 both = _mm512_mul_ps(scale, _mm512_set1_ps(work->scales[t + i][2 * u + b]));
          acc[g][i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[g][i]), both, acc[g][i]);
        }
      }
    }
  }
#pragma GCC unroll 2
  for (int g = 0; g < groups; g++) {
    __mmask16 there = (__mmask16) (g == groups - 1 ? (1u << work->rows) - 1 : 0xffff);
#pragma GCC unroll 6
    for (int i = 0; i < tokens; i++) _mm512_mask_storeu_ps(work->y[t + i] + row + g * GROUP, there, acc[g][i]);
  }
}
