/* Vectors of 4 lanes: NEON of every 64-bit Arm CPU. A chain is four vectors, whose lanes never meet before the tree. */
#include <arm_neon.h>

#define FACE neon
#define W 4
#define TOKENS 6 /* 24 sums, 4 rows and 1 token fill 29 of 32 registers */
#define OUTS 4
#define HEADS 4
#define BLOCKS 1

typedef float32x4_t lanes;

INLINE lanes zero(void) { return vdupq_n_f32(0); }
INLINE lanes set1(float a) { return vdupq_n_f32(a); }
INLINE lanes load(const float *p) { return vld1q_f32(p); }
INLINE void store(float *p, lanes a) { vst1q_f32(p, a); }
INLINE lanes add(lanes a, lanes b) { return vaddq_f32(a, b); }
INLINE lanes sub(lanes a, lanes b) { return vsubq_f32(a, b); }
INLINE lanes mul(lanes a, lanes b) { return vmulq_f32(a, b); }
INLINE lanes quotient(lanes a, lanes b) { return vdivq_f32(a, b); }
INLINE lanes fma_(lanes a, lanes b, lanes c) { return vfmaq_f32(c, a, b); }
/* NaN where a is NaN. */
INLINE lanes at_least(float least, lanes a) { return vmaxq_f32(set1(least), a); }
INLINE lanes at_most(float most, lanes a) { return vminq_f32(set1(most), a); }
/* b where a is NaN, a signalling one too. */
INLINE lanes larger_number(lanes a, lanes b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
/* Stored weights may lie at any address, so they are loaded as bytes. */
INLINE lanes widen_f32(const float *p) { return vreinterpretq_f32_u8(vld1q_u8((const uint8_t *) p)); }
INLINE lanes widen_f16(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8((const uint8_t *) p))); }
INLINE lanes widen_bf16(const uint16_t *p) { return vreinterpretq_f32_u32(vshll_n_u16(vreinterpret_u16_u8(vld1_u8((const uint8_t *) p)), 16)); }

INLINE lanes magnitude(lanes a) { return vabsq_f32(a); }
/* The integers in the low bits of values to which ROUND was added. */
INLINE int32x4_t integers(lanes shifted) { return vsubq_s32(vreinterpretq_s32_f32(shifted), vdupq_n_s32(ROUND_BITS)); }
INLINE void store_integers(int32_t *p, lanes shifted) { vst1q_s32(p, integers(shifted)); }

/* The last two factors of exp: 2^(n >> 1) and 2^(n - (n >> 1)), n the integer in the low bits of shifted. */
INLINE lanes times_power(lanes p, lanes shifted) {
  int32x4_t n = integers(shifted), half = vshrq_n_s32(n, 1), bias = vdupq_n_s32(127);
  lanes first = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(half, bias), 23));
  lanes second = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(vsubq_s32(n, half), bias), 23));
  return mul(mul(p, first), second);
}

/* Lanes i, i+8, i+4, i+12 of a chain. */
INLINE lanes quads(const lanes *chain) { return add(add(chain[0], chain[2]), add(chain[1], chain[3])); }

/* The end of ExactMath.tree: (q0 + q2) + (q1 + q3), for one chain or for four at once. */
INLINE float tree(const lanes *chain) {
  lanes q = quads(chain);
  return vpadds_f32(vadd_f32(vget_low_f32(q), vget_high_f32(q)));
}

/* Of two: the sums q0 + q2 and q1 + q3 of the first, then of the second. */
INLINE lanes pairs(lanes a, lanes b) {
  return add(vcombine_f32(vget_low_f32(a), vget_low_f32(b)), vcombine_f32(vget_high_f32(a), vget_high_f32(b)));
}

/* out[i] = tree of chain i */
INLINE void trees(const lanes *c0, const lanes *c1, const lanes *c2, const lanes *c3, float *out) {
  store(out, vpaddq_f32(pairs(quads(c0), quads(c1)), pairs(quads(c2), quads(c3))));
}
