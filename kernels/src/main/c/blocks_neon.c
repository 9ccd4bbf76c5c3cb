/* Exact products of quantised weights with NEON. */
#include "exact.h"
#include "kernels.h"
#include "neon.h"

#define CHAINS_ALONE 16
#define TOKENS_MANY 6 /* 24 sums and what they are made of */

/* Of W rows, the bits of the mask above the shift. */
INLINE lanes unpacked(const uint8_t *p, int shift, int mask) {
  uint32x4_t v = vreinterpretq_u32_u8(vld1q_u8(p));
  return vcvtq_f32_u32(vandq_u32(vshlq_u32(v, vdupq_n_s32(-shift)), vdupq_n_u32((uint32_t) mask)));
}
#include "blocks.h"
