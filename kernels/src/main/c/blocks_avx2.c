/* Exact products of quantised weights with AVX2. */
#pragma GCC target("avx2,fma,f16c")
#include "exact.h"
#include "kernels.h"
#include "avx2.h"

#define CHAINS_ALONE 8
#define TOKENS_MANY 2 /* 8 sums and what they are made of */

/* Of W rows, the bits of the mask above the shift. */
INLINE lanes unpacked(const uint8_t *p, int shift, int mask) {
  __m256i v = _mm256_loadu_si256((const __m256i *) p);
  return _mm256_cvtepi32_ps(_mm256_and_si256(_mm256_srli_epi32(v, shift), _mm256_set1_epi32(mask)));
}
#include "blocks.h"
