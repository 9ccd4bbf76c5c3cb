/* Vectors of 16 lanes: AVX-512 (F, BW, DQ, VL). */
#include <immintrin.h>

#define FACE avx512
#define W 16
#define TOKENS 6 /* 24 sums, 4 rows and 1 token fill 29 of 32 registers */
#define OUTS 4   /* vectors of outputs that one pass of expand holds */
#define HEADS 4
#define BLOCKS 4

typedef __m512 lanes;

INLINE lanes zero(void) { return _mm512_setzero_ps(); }
INLINE lanes set1(float a) { return _mm512_set1_ps(a); }
INLINE lanes load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void store(float *p, lanes a) { _mm512_storeu_ps(p, a); }
INLINE lanes add(lanes a, lanes b) { return _mm512_add_ps(a, b); }
INLINE lanes sub(lanes a, lanes b) { return _mm512_sub_ps(a, b); }
INLINE lanes mul(lanes a, lanes b) { return _mm512_mul_ps(a, b); }
INLINE lanes quotient(lanes a, lanes b) { return _mm512_div_ps(a, b); }
INLINE lanes fma_(lanes a, lanes b, lanes c) { return _mm512_fmadd_ps(a, b, c); }
/* The second operand where either is NaN. */
INLINE lanes at_least(float least, lanes a) { return _mm512_max_ps(set1(least), a); }
INLINE lanes at_most(float most, lanes a) { return _mm512_min_ps(set1(most), a); }
/* b where a is NaN. */
INLINE lanes larger_number(lanes a, lanes b) { return _mm512_max_ps(a, b); }
INLINE lanes widen_f32(const float *p) { return load(p); }
INLINE lanes widen_f16(const uint16_t *p) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) p)); }
INLINE lanes widen_bf16(const uint16_t *p) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *) p)), 16));
}

INLINE lanes magnitude(lanes a) { return _mm512_andnot_ps(set1(-0.0f), a); }
/* The integers in the low bits of values to which ROUND was added. */
INLINE void store_integers(int32_t *p, lanes shifted) {
  _mm512_storeu_si512((__m512i *) p, _mm512_sub_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(ROUND_BITS)));
}

/* The last two factors of exp: 2^(n >> 1) and 2^(n - (n >> 1)), n the integer in the low bits of shifted. */
INLINE lanes times_power(lanes p, lanes shifted) {
  __m512i n = _mm512_sub_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(ROUND_BITS));
  __m512i half = _mm512_srai_epi32(n, 1), bias = _mm512_set1_epi32(127);
  lanes first = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(half, bias), 23));
  lanes second = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_sub_epi32(n, half), bias), 23));
  return mul(mul(p, first), second);
}

/* Lanes i, i+8, i+4, i+12 of a chain. */
INLINE __m128 quads(const lanes *chain) {
  __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(chain[0]), _mm512_extractf32x8_ps(chain[0], 1));
  return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}
#include "tree.h"
