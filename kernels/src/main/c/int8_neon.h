/*
 * Integer dot products with NEON, by signed bytes: weights of Q8 lose their offset, halves of Q4 (at most 15) keep it and the sum starts with
 * what it adds. 16 rows are four vectors of 4. Before it come FACE and dot4(sums, w, x, lane): per row, four products are added to its sum;
 * the same four columns of x meet all rows.
 */
#define GROUPS_MAX 1
#define TOKENS_MAX 4
#define AHEAD 6 /* units */
#include "int8.h"

INLINE void store_rows(float *y, const float32x4_t *acc, int vectors, int there) {
  float all[GROUP];
  for (int v = 0; v < vectors; v++) vst1q_f32(all + 4 * v, acc[v]);
  memcpy(y, all, (size_t) (there < 4 * vectors ? there : 4 * vectors) * sizeof(float));
}

/* Rows [first, first + 4 * vectors) of a group; w [units], t: first token, row: the group's first row. y = the chains over all blocks. */
INLINE void tile_rows(const int q4, const int vectors, const int tokens, const Work *work, int t, int row, int first) {
  float32x4_t acc[TOKENS_MAX][4];
#pragma GCC unroll 4
  for (int i = 0; i < tokens; i++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) acc[i][v] = vdupq_n_f32(0);
  for (int u = 0; u < work->units; u++) {
    const uint8_t *unit = work->w + (size_t) u * unit_bytes(q4);
    for (int b = 0; b < 2; b++) {
      const uint8_t *values = unit + SCALE_BYTES + b * block_bytes(q4) + first * 4;
      int32x4_t dot[TOKENS_MAX][4];
#pragma GCC unroll 4
      for (int i = 0; i < tokens; i++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) dot[i][v] = vdupq_n_s32(q4 ? -offset_of(1) * work->sums[t + i][2 * u + b] : 0);
#pragma GCC unroll 2
      for (int half = 0; half < 2; half++) {
        int8x16_t x[TOKENS_MAX];
#pragma GCC unroll 4
        for (int i = 0; i < tokens; i++) x[i] = vld1q_s8(work->x[t + i] + u * 64 + b * 32 + half * 16);
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) {
          const uint8_t *at = values + (q4 ? j : 4 * half + j) * 64;
          if (work->ahead && first == 0 && (!q4 || half == 0)) __builtin_prefetch(at + AHEAD * unit_bytes(q4));
#pragma GCC unroll 4
          for (int v = 0; v < vectors; v++) {
            uint8x16_t bytes = vld1q_u8(at + 16 * v);
            bytes = !q4 ? veorq_u8(bytes, vdupq_n_u8(0x80)) : half == 0 ? vandq_u8(bytes, vdupq_n_u8(15)) : vshrq_n_u8(bytes, 4);
#pragma GCC unroll 4
            for (int i = 0; i < tokens; i++) dot[i][v] = dot4(dot[i][v], vreinterpretq_s8_u8(bytes), x[i], j);
          }
        }
      }
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) {
        float32x4_t scale = vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(unit + b * 32 + (first + 4 * v) * 2)));
#pragma GCC unroll 4
        for (int i = 0; i < tokens; i++) {
          float32x4_t both = vmulq_n_f32(scale, work->scales[t + i][2 * u + b]);
          acc[i][v] = vfmaq_f32(acc[i][v], vcvtq_f32_s32(dot[i][v]), both);
        }
      }
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < tokens; i++) store_rows(work->y[t + i] + row + first, acc[i], vectors, work->rows - first);
}

/* One token passes by all rows at once, so that weights come as one stream; several pass by half of them, for want of registers. */
INLINE void tile(const int q4, const int groups, const int tokens, const Work *work, int t, int row) {
  (void) groups;
  if (tokens == 1) {
    tile_rows(q4, 4, 1, work, t, row, 0);
    return;
  }
  tile_rows(q4, 2, tokens, work, t, row, 0);
  if (work->rows > 8) tile_rows(q4, 2, tokens, work, t, row, 8);
}
