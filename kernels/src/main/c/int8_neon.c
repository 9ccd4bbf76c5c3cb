/* Integer dot products with the NEON of every 64-bit Arm CPU. */
#include <arm_neon.h>

#include "exact.h"
#include "kernels.h"

#define FACE neon

/* Two products of bytes (at most 128 * 127) fit 16 bits. */
INLINE int32x4_t dot4(int32x4_t sums, int8x16_t w, int8x16_t x, const int lane) {
  int8x16_t four = vreinterpretq_s8_s32(vdupq_laneq_s32(vreinterpretq_s32_s8(x), lane));
  int16x8_t low = vmull_s8(vget_low_s8(w), vget_low_s8(four)), high = vmull_high_s8(w, four);
  return vpadalq_s16(sums, vpaddq_s16(low, high));
}
#include "int8_neon.h"
