/*
 * Linear layer on stored weights, read where they lie. Included once per storage type: ELEMENT, and TYPE for names.
 * w [rows, cols], x [.., x_stride] rows named by x_rows, y [.., y_stride] rows named by y_rows.
 */
#define NAME(a) JOIN(JOIN(a, TYPE), FACE)
#define WIDEN JOIN(widen, TYPE)
#define PARTS (CHAIN / W)
#define IN_ORDER 2 /* tokens */

/* The last columns of a row, padded with zeros to one more step of the chain. */
INLINE void NAME(pad)(const void *row, size_t element, int width, int cols, void *padded) {
  memset(padded, 0, CHAIN * element);
  memcpy(padded, (const char *) row + width * element, (size_t) (cols - width) * element);
}

/* Weights of one row of a tile, from column k on. */
INLINE lanes NAME(weights)(const int R, const int T, const ELEMENT *w, int cols, int r, int k, const char *ahead) {
  const ELEMENT *at = w + (size_t) r * cols + k;
  if (!ahead && T > IN_ORDER) __builtin_prefetch(at + (size_t) R * cols);
  return WIDEN(at);
}

/*
 * R rows by T tokens, their chains in registers.
 * w, w_tail: first row and its padded end; x, x_tail: likewise per token. Meanwhile weights are prefetched: the rows after these where ahead is
 * NULL, else what lies there, step bytes with each step of the chains. Up to IN_ORDER tokens wait for memory, which is read faster in order than row
 * by row; more tokens wait for multiply-adds.
 */
INLINE void NAME(tile)(
    const int R, const int T, const ELEMENT *w, int cols, const ELEMENT *w_tail, const float *const *x, const float *x_tail, float *const *y, const char *ahead,
    int step) {
  int width = cols & -CHAIN;
  lanes sums[TOKENS][ROWS][PARTS];
#pragma GCC unroll 2
  for (int p = 0; p < PARTS; p++) {
    lanes s[TOKENS][ROWS];
#pragma GCC unroll 6
    for (int t = 0; t < T; t++)
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) s[t][r] = zero();
    for (int k = p * W; k < width; k += CHAIN) {
      if (!ahead && T <= IN_ORDER && p == 0) {
        const ELEMENT *next = w + (size_t) R * cols + R * k;
        for (int i = 0; i < R * CHAIN; i += LINE / (int) sizeof(ELEMENT)) __builtin_prefetch(next + i);
      }
      if (ahead && p == 0) {
        __builtin_prefetch(ahead);
        ahead += step;
      }
      /* The fewer of weights and activations stay in registers while the others pass by. */
      if (TOKENS < ROWS) {
        lanes v[TOKENS];
#pragma GCC unroll 6
        for (int t = 0; t < T; t++) v[t] = load(x[t] + k);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) {
          lanes a = NAME(weights)(R, T, w, cols, r, k, ahead);
#pragma GCC unroll 6
          for (int t = 0; t < T; t++) s[t][r] = fma_(a, v[t], s[t][r]);
        }
      } else {
        lanes a[ROWS];
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) a[r] = NAME(weights)(R, T, w, cols, r, k, ahead);
#pragma GCC unroll 6
        for (int t = 0; t < T; t++) {
          lanes v = load(x[t] + k);
#pragma GCC unroll 4
          for (int r = 0; r < R; r++) s[t][r] = fma_(a[r], v, s[t][r]);
        }
      }
    }
    if (width < cols) {
#pragma GCC unroll 6
      for (int t = 0; t < T; t++) {
        lanes v = load(x_tail + t * CHAIN + p * W);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) s[t][r] = fma_(WIDEN(w_tail + r * CHAIN + p * W), v, s[t][r]);
      }
    }
#pragma GCC unroll 6
    for (int t = 0; t < T; t++)
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) sums[t][r][p] = s[t][r];
  }
#pragma GCC unroll 6
  for (int t = 0; t < T; t++) {
    if (R == ROWS)
      trees(sums[t][0], sums[t][1], sums[t][2], sums[t][3], y[t]);
    else
      for (int r = 0; r < R; r++) y[t][r] = tree(sums[t][r]);
  }
}

#define TILE_OF(R, T) \
  case T: NAME(tile)(R, T, w, cols, w_tail, x, x_tail, y, ahead, step); break

/* Several rows by up to TOKENS tokens. */
INLINE void NAME(tiles)(
    const int R, int tokens, const ELEMENT *w, int cols, const ELEMENT *w_tail, const float *const *x, const float *x_tail, float *const *y, const char *ahead, int step) {
  switch (tokens) {
    TILE_OF(R, 1);
    TILE_OF(R, 2);
    TILE_OF(R, 3);
#if TOKENS > 3
    TILE_OF(R, 4);
    TILE_OF(R, 5);
    TILE_OF(R, 6);
#endif
    default: __builtin_unreachable();
  }
}
#undef TILE_OF

/*
 * Rows [row_begin, row_end), TOKENS tokens after the other: those stay near while the rows, which fit the cache too, pass by. The next rows come from
 * memory meanwhile, as evenly as can be: each tile prefetches a part of four of them, and none after the caller's end.
 */
static void NAME(rows)(
    const ELEMENT *w, int cols, int row_begin, int row_end, int tokens, const float *const *x, const float *x_tails, float *const *y, int ahead, int end) {
  int width = cols & -CHAIN;
  for (int t = 0, count; t < tokens; t += count) {
    count = next_tokens(tokens - t);
    size_t four = (size_t) ROWS * (size_t) cols * sizeof(ELEMENT), begin = four * (size_t) t / (size_t) tokens;
    int step = (int) (four * (size_t) count / (size_t) tokens * CHAIN / (size_t) cols);
    for (int r = row_begin; r < row_end;) {
      int rows = row_end - r >= ROWS ? ROWS : 1;
      const ELEMENT *at = w + (size_t) r * (size_t) cols;
      const char *next = (const char *) (w + (size_t) (r + ahead) * (size_t) cols) + begin;
      float *outputs[TOKENS];
      ELEMENT w_tails[ROWS * CHAIN];
      for (int i = 0; i < count; i++) outputs[i] = y[t + i] + r;
      if (width < cols)
        for (int i = 0; i < rows; i++) NAME(pad)(at + (size_t) i * (size_t) cols, sizeof(ELEMENT), width, cols, w_tails + i * CHAIN);
      if (rows == 1)
        NAME(tiles)(1, count, at, cols, w_tails, x + t, x_tails + t * CHAIN, outputs, next, 0);
      else if (tokens > TOKENS)
        NAME(tiles)(ROWS, count, at, cols, w_tails, x + t, x_tails + t * CHAIN, outputs, next, step);
      else
        NAME(tiles)(ROWS, count, at, cols, w_tails, x + t, x_tails + t * CHAIN, outputs, r + ROWS < end ? NULL : (const char *) at, 0);
      r += rows;
    }
  }
}

/* Kernels.matmul for tokens [from, to); to - from <= BLOCK_TOKENS. */
static void NAME(block)(
    const ELEMENT *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
  int width = cols & -CHAIN, tokens = to - from;
  const float *inputs[BLOCK_TOKENS];
  float *outputs[BLOCK_TOKENS];
  float x_tails[BLOCK_TOKENS * CHAIN];
  for (int t = 0; t < tokens; t++) {
    inputs[t] = x + (size_t) x_rows[from + t] * (size_t) x_stride;
    outputs[t] = y + (size_t) y_rows[from + t] * (size_t) y_stride + y_offset;
    if (width < cols) NAME(pad)(inputs[t], sizeof(float), width, cols, x_tails + t * CHAIN);
  }
  int rows = block_rows(cols, sizeof(ELEMENT));
  for (int first = row_begin; first < row_end; first += rows) {
    int last = first + rows < row_end ? first + rows : row_end;
    NAME(rows)(w, cols, first, last, tokens, inputs, x_tails, outputs, last - first, row_end);
  }
}

void NAME(matmul)(
    const ELEMENT *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
  for (int first = from; first < to; first += BLOCK_TOKENS) {
    int last = to - first > BLOCK_TOKENS ? first + BLOCK_TOKENS : to;
    NAME(block)(w, cols, row_begin, row_end, x, x_stride, x_rows, y, y_stride, y_offset, y_rows, first, last);
  }
}

/*
 * Kernels.expand: V vectors of outputs by T tokens. b [tiles][rank][CHAIN] from the first output on; h per token.
 */
INLINE void NAME(outputs)(
    const int V, const int T, const ELEMENT *b, int rank, const float *const *h, float *const *y, const float *weights, int outs) {
  lanes sums[4][OUTS];
#pragma GCC unroll 4
  for (int t = 0; t < T; t++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sums[t][v] = zero();
  for (int r = 0; r < rank; r++) {
    lanes column[OUTS];
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) column[v] = WIDEN(b + (size_t) (v * W / CHAIN) * (size_t) rank * CHAIN + (size_t) r * CHAIN + v * W % CHAIN);
#pragma GCC unroll 4
    for (int t = 0; t < T; t++) {
      lanes a = set1(h[t][r]);
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) sums[t][v] = fma_(column[v], a, sums[t][v]);
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
    lanes weight = set1(weights[t]);
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      float *at = y[t] + v * W;
      if ((v + 1) * W <= outs) {
        store(at, fma_(weight, sums[t][v], load(at)));
      } else {
        float last[W];
        store(last, sums[t][v]);
        for (int o = 0; v * W + o < outs; o++) at[o] = fmaf(weights[t], last[o], at[o]);
      }
    }
  }
}

void NAME(expand)(
    const ELEMENT *b, int rank, int out_begin, int out_end, const float *h, int h_stride, int h_offset, float *y, int y_stride, int y_offset, const int *y_rows,
    const float *weights, int from, int to) {
  int wide = OUTS * W;
  const char *b_end = (const char *) (b + (size_t) out_end * (size_t) rank);
  const char *ahead = (const char *) (b + (size_t) out_begin * (size_t) rank);
  for (int o = out_begin; o < out_end;) {
    /* A share of B is over before the hardware has seen that it is read in order. */
    const char *until = (const char *) (b + (size_t) o * (size_t) rank) + AHEAD_BYTES;
    for (until = until < b_end ? until : b_end; ahead < until; ahead += 64) __builtin_prefetch(ahead);
    int outs = out_end - o >= wide ? wide : out_end - o < CHAIN ? out_end - o : CHAIN;
    const ELEMENT *at = b + (size_t) o * (size_t) rank;
    for (int i = from, count; i < to; i += count) {
      const float *inputs[4];
      float *outputs[4];
      count = to - i >= 4 ? 4 : 1;
      for (int t = 0; t < count; t++) {
        inputs[t] = h + (size_t) (i + t) * (size_t) h_stride + h_offset;
        outputs[t] = y + (size_t) y_rows[i + t] * (size_t) y_stride + y_offset + o;
      }
      if (outs == wide && count == 4)
        NAME(outputs)(OUTS, 4, at, rank, inputs, outputs, weights + i, wide);
      else if (outs == wide)
        NAME(outputs)(OUTS, 1, at, rank, inputs, outputs, weights + i, wide);
      else if (count == 4)
        NAME(outputs)(CHAIN / W, 4, at, rank, inputs, outputs, weights + i, outs);
      else
        NAME(outputs)(CHAIN / W, 1, at, rank, inputs, outputs, weights + i, outs);
    }
    o += outs;
  }
}

#undef NAME
#undef WIDEN
#undef PARTS
#undef IN_ORDER
#undef ELEMENT
#undef TYPE
