/* Packing with NEON. */
#include "exact.h"
#include "kernels.h"
#include "neon.h"

INLINE uint32_t equal(lanes a, lanes b) {
  const uint32x4_t bits = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(vceqq_f32(a, b), bits));
}
INLINE float most(lanes a) { return vmaxvq_f32(a); }
/* W bytes: the integers of values to which ROUND was added, held to [low, high], plus the offset. */
INLINE void store_bytes(uint8_t *p, lanes shifted, int low, int high, int offset) {
  int32x4_t n = vminq_s32(vmaxq_s32(integers(shifted), vdupq_n_s32(low)), vdupq_n_s32(high));
  uint32x4_t bytes = vreinterpretq_u32_s32(vaddq_s32(n, vdupq_n_s32(offset)));
  uint8x8_t narrow = vmovn_u16(vcombine_u16(vmovn_u32(bytes), vdup_n_u16(0)));
  uint32_t four = vget_lane_u32(vreinterpret_u32_u8(narrow), 0);
  memcpy(p, &four, sizeof four);
}
INLINE uint16_t narrow_f16(float a) {
  __fp16 half = (__fp16) a;
  uint16_t bits;
  memcpy(&bits, &half, sizeof bits);
  return bits;
}
INLINE float widened_f16(uint16_t bits) {
  __fp16 half;
  memcpy(&half, &bits, sizeof half);
  return half;
}
/* The second 16 bytes become the high halves of the first. */
INLINE void join_halves(uint8_t *bytes) { vst1q_u8(bytes, vsliq_n_u8(vld1q_u8(bytes), vld1q_u8(bytes + 16), 4)); }
#include "pack.h"
