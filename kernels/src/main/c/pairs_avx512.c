/*
 * BF16 weights by BF16 activations: vdpbf16ps adds two products, the second one first, to each of 16 partial sums. Weights are read where they lie;
 * rows of activations end in zeros up to a whole STEP.
 */
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma,f16c")
#include "exact.h"
#include "kernels.h"
#include "avx512.h"

#define STEP 32            /* elements of a vector */
#define TOKENS_WIDE 9      /* of a tile of two rows; more would not stay in the first-level cache */
#define TOKENS_MAX 512     /* of one pass over the weights */
#define WEIGHTS (1 << 17)  /* bytes of weights that stay in a core's second-level cache */

typedef __m512bh pair_lanes;

INLINE pair_lanes pairs(const uint16_t *p) { return (pair_lanes) _mm512_loadu_si512((const void *) p); }
INLINE pair_lanes first_pairs(__mmask32 there, const uint16_t *p) { return (pair_lanes) _mm512_maskz_loadu_epi16(there, p); }

/*
 * R rows by T tokens, their chains in registers. Meanwhile what lies ahead is prefetched in order: as much as the chains take of the weights, or, far, a
 * line with each of their steps, step bytes apart.
 */
INLINE void tile(
    const int R, const int T, const int far, const uint16_t *w, int cols, const uint16_t *const *x, float *const *y, const char *ahead, int step) {
  int width = cols & -STEP;
  lanes sums[TOKENS_WIDE][ROWS];
#pragma GCC unroll 9
  for (int t = 0; t < T; t++)
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) sums[t][r] = zero();
  for (int k = 0; k < width; k += STEP) {
    pair_lanes a[ROWS];
#pragma GCC unroll 4
    for (int r = 0; r < R; r++) a[r] = pairs(w + (size_t) r * (size_t) cols + k);
    for (int line = 0; line < (far ? 1 : R); line++) __builtin_prefetch(ahead + line * LINE);
    ahead += far ? step : R * LINE;
#pragma GCC unroll 9
    for (int t = 0; t < T; t++) {
      pair_lanes v = pairs(x[t] + k);
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) sums[t][r] = _mm512_dpbf16_ps(sums[t][r], a[r], v);
    }
  }
  if (width < cols) {
    __mmask32 there = (__mmask32) ((1u << (cols - width)) - 1);
#pragma GCC unroll 9
    for (int t = 0; t < T; t++) {
      pair_lanes v = pairs(x[t] + width);
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) sums[t][r] = _mm512_dpbf16_ps(sums[t][r], first_pairs(there, w + (size_t) r * (size_t) cols + width), v);
    }
  }
#pragma GCC unroll 9
  for (int t = 0; t < T; t++) {
    if (R == ROWS)
      trees(&sums[t][0], &sums[t][1], &sums[t][2], &sums[t][3], y[t]);
    else
      for (int r = 0; r < R; r++) y[t][r] = tree(&sums[t][r]);
  }
}

/* Not inlined: a tile needs all registers. */
#define TILE_OF(R, T, FAR) \
  case T: tile(R, T, FAR, w, cols, x, y, ahead, step); break
#define TILES(NAME, ...)                                                                                                                            \
  static __attribute__((noinline)) void NAME(int tokens, const uint16_t *w, int cols, const uint16_t *const *x, float *const *y, const char *ahead, \
                                             int step) {                                                                                           \
    switch (tokens) {                                                                                                                              \
      __VA_ARGS__                                                                                                                                  \
      default: __builtin_unreachable();                                                                                                            \
    }                                                                                                                                              \
  }
#define UP_TO_TOKENS(R, FAR) TILE_OF(R, 1, FAR); TILE_OF(R, 2, FAR); TILE_OF(R, 3, FAR); TILE_OF(R, 4, FAR); TILE_OF(R, 5, FAR); TILE_OF(R, 6, FAR);
TILES(far_tile, UP_TO_TOKENS(ROWS, 1))
TILES(near_tile, UP_TO_TOKENS(ROWS, 0))
TILES(row_tile, UP_TO_TOKENS(1, 1))
TILES(wide_tile, TILE_OF(2, 7, 0); TILE_OF(2, 8, 0); TILE_OF(2, 9, 0);)
#undef UP_TO_TOKENS
#undef TILES
#undef TILE_OF

/* Up to TOKENS_WIDE tokens by rows [row_begin, row_end), which come from memory once and in order. */
static void rows_by_few(const uint16_t *w, int cols, int row_begin, int row_end, int tokens, const uint16_t *const *x, float *const *y) {
  int most = tokens > TOKENS ? 2 : ROWS;
  for (int r = row_begin, rows; r < row_end; r += rows) {
    const uint16_t *at = w + (size_t) r * (size_t) cols;
    float *outputs[TOKENS_WIDE];
    for (int i = 0; i < tokens; i++) outputs[i] = y[i] + r;
    rows = row_end - r >= most ? most : 1;
    const char *next = (const char *) (r + 2 * rows <= row_end ? at + (size_t) rows * (size_t) cols : at);
    if (rows == ROWS)
      near_tile(tokens, at, cols, x, outputs, next, 0);
    else if (rows == 2)
      wide_tile(tokens, at, cols, x, outputs, next, 0);
    else
      for (int first = 0; first < tokens; first += TOKENS)
        row_tile(tokens - first < TOKENS ? tokens - first : TOKENS, at, cols, x + first, outputs + first, next, 0);
  }
}

/* Rows [row_begin, row_end) pass by TOKENS tokens after the other, as in matmul.h; those after them are prefetched meanwhile. */
static void rows_by_tokens(
    const uint16_t *w, int cols, int row_begin, int row_end, int tokens, const uint16_t *const *x, float *const *y) {
  for (int t = 0, count; t < tokens; t += count) {
    int parts = (tokens - t + TOKENS - 1) / TOKENS;
    count = (tokens - t + parts - 1) / parts; /* near-equal, never six and then one */
    size_t four = (size_t) ROWS * (size_t) cols * sizeof(*w), begin = four * (size_t) t / (size_t) tokens;
    int step = (int) (four * (size_t) count / (size_t) tokens * STEP / (size_t) cols);
    for (int r = row_begin, rows; r < row_end; r += rows) {
      const uint16_t *at = w + (size_t) r * (size_t) cols;
      const char *next = (const char *) (at + (size_t) (row_end - row_begin) * (size_t) cols) + begin;
      float *outputs[TOKENS];
      for (int i = 0; i < count; i++) outputs[i] = y[t + i] + r;
      rows = row_end - r >= ROWS ? ROWS : 1;
      if (rows == 1)
        row_tile(count, at, cols, x + t, outputs, next, 0);
      else
        far_tile(count, at, cols, x + t, outputs, next, step);
    }
  }
}

void matmul_pairs_avx512(
    const uint16_t *w, int cols, int row_begin, int row_end, const uint16_t *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
  for (int first = from, tokens; first < to; first += tokens) {
    tokens = to - first > TOKENS_MAX ? TOKENS_MAX : to - first;
    const uint16_t *inputs[TOKENS_MAX];
    float *outputs[TOKENS_MAX];
    for (int t = 0; t < tokens; t++) {
      inputs[t] = x + (size_t) x_rows[first + t] * (size_t) x_stride;
      outputs[t] = y + (size_t) y_rows[first + t] * (size_t) y_stride + y_offset;
    }
    if (tokens <= TOKENS_WIDE) {
      rows_by_few(w, cols, row_begin, row_end, tokens, inputs, outputs);
      continue;
    }
    int near = (int) (WEIGHTS / ((size_t) cols * sizeof(*w))) / ROWS * ROWS;
    int rows = near < ROWS ? ROWS : near;
    for (int r = row_begin; r < row_end; r += rows)
      rows_by_tokens(w, cols, r, r + rows < row_end ? r + rows : row_end, tokens, inputs, outputs);
  }
}

/* Kernels.roundBf16: to the nearest, ties to even, and zeros up to the stride. */
void round_pairs_avx512(const float *x, int width, uint16_t *to, int stride) {
  __m512i half = _mm512_set1_epi32(0x7fff), one = _mm512_set1_epi32(1), quiet = _mm512_set1_epi32(0x400000);
  for (int k = 0; k < width; k += W) {
    __mmask16 there = width - k < W ? (__mmask16) ((1u << (width - k)) - 1) : (__mmask16) -1;
    lanes v = _mm512_maskz_loadu_ps(there, x + k);
    __m512i bits = _mm512_castps_si512(v), odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), one);
    __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, half), odd);
    rounded = _mm512_mask_or_epi32(rounded, _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), bits, quiet);
    _mm512_mask_cvtepi32_storeu_epi16(to + k, there, _mm512_srli_epi32(rounded, 16));
  }
  memset(to + width, 0, (size_t) (stride - width) * sizeof(*to));
}
