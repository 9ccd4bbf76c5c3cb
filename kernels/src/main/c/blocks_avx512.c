/* Exact products of quantised weights with AVX-512. */
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c")
#include "exact.h"
#include "kernels.h"
#include "avx512.h"

#define CHAINS_ALONE 16
#define TOKENS_MANY 6 /* 24 sums and what they are made of */

/* Of W rows, the bits of the mask above the shift. */
INLINE lanes unpacked(const uint8_t *p, int shift, int mask) {
  __m512i v = _mm512_loadu_si512((const void *) p);
  return _mm512_cvtepi32_ps(_mm512_and_si512(_mm512_srli_epi32(v, (unsigned) shift), _mm512_set1_epi32(mask)));
}
#include "blocks.h"
