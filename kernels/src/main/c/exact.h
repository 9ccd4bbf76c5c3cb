/*
 * What all faces of the exact numerics share. A dot product has CHAIN partial sums (lane = k mod CHAIN), k ascending, one fused
 * multiply-add per element, and a written-out tree at the end: io.lorikeet.kernels.Kernels is the definition, to the bit.
 *
 * A face includes the header of its instruction set (W lanes in a vector), then face.h. All lanes of a chain are CHAIN / W vectors.
 */
#ifndef LORIKEET_EXACT_H
#define LORIKEET_EXACT_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CHAIN 16
#define ROWS 4 /* rows of weights in a tile */
#define LINE 64 /* bytes that the memory gives at once */

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

/* Coefficients of ExactMath.exp. */
#define LOG2_E 0x1.715476p+0f
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 0x1.7f7d1cp-20f
#define ROUND 0x1.8p23f
#define ROUND_BITS 0x4b400000
#define EXP_MIN (-105.0f)
#define EXP_MAX 89.0f
#define E2 0x1.fffffcp-2f
#define E3 0x1.555492p-3f
#define E4 0x1.5558f2p-5f
#define E5 0x1.1239e2p-7f
#define E6 0x1.6a244ap-10f

#endif
