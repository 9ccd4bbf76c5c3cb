/* Vectors of 8 lanes: AVX2 with FMA and F16C. A chain is two vectors, whose lanes never meet before the tree. */
#include <immintrin.h>

#define FACE avx2
#define W 8
#define TOKENS 3 /* 12 sums, 3 tokens and 1 row fill 16 registers */
#define OUTS 2
#define HEADS 3
#define BLOCKS 2

typedef __m256 lanes;

INLINE lanes zero(void) { return _mm256_setzero_ps(); }
INLINE lanes set1(float a) { return _mm256_set1_ps(a); }
INLINE lanes load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void store(float *p, lanes a) { _mm256_storeu_ps(p, a); }
INLINE lanes add(lanes a, lanes b) { return _mm256_add_ps(a, b); }
INLINE lanes sub(lanes a, lanes b) { return _mm256_sub_ps(a, b); }
INLINE lanes mul(lanes a, lanes b) { return _mm256_mul_ps(a, b); }
INLINE lanes quotient(lanes a, lanes b) { return _mm256_div_ps(a, b); }
INLINE lanes fma_(lanes a, lanes b, lanes c) { return _mm256_fmadd_ps(a, b, c); }
/* The second operand where either is NaN. */
INLINE lanes at_least(float least, lanes a) { return _mm256_max_ps(set1(least), a); }
INLINE lanes at_most(float most, lanes a) { return _mm256_min_ps(set1(most), a); }
/* b where a is NaN. */
INLINE lanes larger_number(lanes a, lanes b) { return _mm256_max_ps(a, b); }
INLINE lanes widen_f32(const float *p) { return load(p); }
INLINE lanes widen_f16(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *) p)); }
INLINE lanes widen_bf16(const uint16_t *p) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *) p)), 16));
}

INLINE lanes magnitude(lanes a) { return _mm256_andnot_ps(set1(-0.0f), a); }
/* The integers in the low bits of values to which ROUND was added. */
INLINE void store_integers(int32_t *p, lanes shifted) {
  _mm256_storeu_si256((__m256i *) p, _mm256_sub_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(ROUND_BITS)));
}

/* The last two factors of exp: 2^(n >> 1) and 2^(n - (n >> 1)), n the integer in the low bits of shifted. */
INLINE lanes times_power(lanes p, lanes shifted) {
  __m256i n = _mm256_sub_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(ROUND_BITS));
  __m256i half = _mm256_srai_epi32(n, 1), bias = _mm256_set1_epi32(127);
  lanes first = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
  lanes second = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(n, half), bias), 23));
  return mul(mul(p, first), second);
}

/* Lanes i, i+8, i+4, i+12 of a chain. */
INLINE __m128 quads(const lanes *chain) {
  __m256 eight = _mm256_add_ps(chain[0], chain[1]);
  return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}
#include "tree.h"
