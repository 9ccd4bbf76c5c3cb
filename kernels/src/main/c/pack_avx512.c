/* Packing with AVX-512. */
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")
#include "exact.h"
#include "kernels.h"
#include "avx512.h"

INLINE uint32_t equal(lanes a, lanes b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
INLINE float most(lanes a) { return _mm512_reduce_max_ps(a); }
/* W bytes: the integers of values to which ROUND was added, held to [low, high], plus the offset. */
INLINE void store_bytes(uint8_t *p, lanes shifted, int low, int high, int offset) {
  __m512i n = _mm512_sub_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(ROUND_BITS));
  n = _mm512_min_epi32(_mm512_max_epi32(n, _mm512_set1_epi32(low)), _mm512_set1_epi32(high));
  _mm_storeu_si128((__m128i *) p, _mm512_cvtepi32_epi8(_mm512_add_epi32(n, _mm512_set1_epi32(offset))));
}
#include "pack_x86.h"
#include "pack.h"
