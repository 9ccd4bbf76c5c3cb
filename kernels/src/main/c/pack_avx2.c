/* Packing with AVX2. */
#pragma GCC target("avx2,fma,f16c")
#include "exact.h"
#include "kernels.h"
#include "avx2.h"

INLINE uint32_t equal(lanes a, lanes b) { return (uint32_t) _mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_EQ_OQ)); }
INLINE float most(lanes a) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}
/* W bytes: the integers of values to which ROUND was added, held to [low, high], plus the offset. */
INLINE void store_bytes(uint8_t *p, lanes shifted, int low, int high, int offset) {
  __m256i n = _mm256_sub_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(ROUND_BITS));
  n = _mm256_min_epi32(_mm256_max_epi32(n, _mm256_set1_epi32(low)), _mm256_set1_epi32(high));
  n = _mm256_add_epi32(n, _mm256_set1_epi32(offset));
  __m128i shorts = _mm_packs_epi32(_mm256_castsi256_si128(n), _mm256_extracti128_si256(n, 1));
  _mm_storel_epi64((__m128i *) p, _mm_packus_epi16(shorts, shorts));
}
#include "pack_x86.h"
#include "pack.h"
