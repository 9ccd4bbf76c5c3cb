/* Integer dot products with NEON's own (sdot). */
#ifndef __ARM_FEATURE_DOTPROD
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif
#include <arm_neon.h>

#include "exact.h"
#include "kernels.h"

#define FACE neon_dot

INLINE int32x4_t dot4(int32x4_t sums, int8x16_t w, int8x16_t x, const int lane) { return vdotq_laneq_s32(sums, w, x, lane); }
#include "int8_neon.h"
