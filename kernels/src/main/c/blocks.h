/*
 * Kernels.matmulExact: quantised weights by F32 activations, over the units of io.lorikeet.kernels.QuantizedMatrix. Rows are lanes, so the 16
 * partial sums of a dot product (k mod 16) are 16 vectors; some of them are summed up in one pass over the columns, CHAINS at a time. Before
 * it come the header of an instruction set, unpacked, CHAINS_ALONE, and TOKENS_MANY.
 * x [.., x_stride] rows named by x_rows, y [.., y_stride] rows named by y_rows.
 */
#define GROUP 16
#define SCALE_BYTES 64
#define UNIT 64
#define CHAINS_MANY 4 /* chains of a pass where tokens are many: 4 columns lie together */
#define CHUNK 16      /* columns that one step of all chains takes */

INLINE size_t unit_bytes(const int q4) { return SCALE_BYTES + (q4 ? 512 : 1024); }

/* Chains [first, first + chains) of W rows and some tokens: sums[token][chain][W]. x_tail: per token, the last chunk with zeros behind it. */
INLINE void pass(
    const int q4, const int chains, const int tokens, const uint8_t *w, int row, int first, int cols, const float *const *x, const float *x_tail, float *sums) {
  lanes s[TOKENS_MANY > 1 ? TOKENS_MANY : 1][CHAINS_ALONE];
#pragma GCC unroll 8
  for (int t = 0; t < tokens; t++)
#pragma GCC unroll 16
    for (int c = 0; c < chains; c++) s[t][c] = zero();
  for (int k = 0; k < cols; k += CHUNK) {
    const uint8_t *unit = w + (size_t) (k / UNIT) * unit_bytes(q4);
    int block = k / 32 % 2, half = k / CHUNK % 2;
    const uint8_t *values = unit + SCALE_BYTES + block * (q4 ? 256 : 512) + (q4 ? 0 : half * 256) + first * 16 + row * 4;
    lanes scale = widen_f16((const uint16_t *) unit + block * GROUP + row);
    lanes correction = mul(scale, set1(q4 ? -8.0f : -128.0f)); /* exact, as every integer * scale */
    int shift = q4 ? half * 4 : 0;
    const float *at[TOKENS_MANY > 1 ? TOKENS_MANY : 1];
#pragma GCC unroll 8
    for (int t = 0; t < tokens; t++) at[t] = k + CHUNK <= cols ? x[t] + k + first : x_tail + t * CHUNK + first;
#pragma GCC unroll 16
    for (int c = 0; c < chains; c++) {
      if (c % 4 == 0) __builtin_prefetch(values + c / 4 * 64 + 4 * unit_bytes(q4));
      lanes a = fma_(unpacked(values + c / 4 * 64, c % 4 * 8 + shift, q4 ? 15 : 255), scale, correction);
#pragma GCC unroll 8
      for (int t = 0; t < tokens; t++) s[t][c] = fma_(a, set1(at[t][c]), s[t][c]);
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < tokens; t++)
#pragma GCC unroll 16
    for (int c = 0; c < chains; c++) store(sums + ((size_t) t * CHAIN + (size_t) (first + c)) * W, s[t][c]);
}

/* All chains of W rows and some tokens, and the tree over them. */
INLINE void rows_by_tokens(
    const int q4, const int chains, const int tokens, const uint8_t *w, int row, int there, int cols, const float *const *x, const float *x_tail, float *const *y) {
  float sums[(TOKENS_MANY > 1 ? TOKENS_MANY : 1) * CHAIN * W];
  for (int first = 0; first < CHAIN; first += chains) pass(q4, chains, tokens, w, row, first, cols, x, x_tail, sums);
  for (int t = 0; t < tokens; t++) {
    lanes a[CHAIN];
    for (int c = 0; c < CHAIN; c++) a[c] = load(sums + (t * CHAIN + c) * W);
    for (int distance = CHAIN / 2; distance > 0; distance /= 2)
      for (int c = 0; c < distance; c++) a[c] = add(a[c], a[c + distance]);
    float all[W];
    store(all, a[0]);
    memcpy(y[t], all, (size_t) there * sizeof(float));
  }
}

INLINE void group(const int q4, int tokens, const uint8_t *w, int there, int cols, const float *const *x, const float *x_tail, float *const *y) {
  for (int row = 0; row < there; row += W) {
    int count = there - row < W ? there - row : W;
    float *at[TOKENS_MANY];
    for (int t = 0; t < tokens; t++) at[t] = y[t] + row;
    switch (tokens) {
#define TOKENS_OF(T) \
  case T: rows_by_tokens(q4, CHAINS_MANY, T, w, row, count, cols, x, x_tail, at); break
      case 1: rows_by_tokens(q4, CHAINS_ALONE, 1, w, row, count, cols, x, x_tail, at); break;
      TOKENS_OF(2);
#if TOKENS_MANY > 2
      TOKENS_OF(3);
      TOKENS_OF(4);
      TOKENS_OF(5);
      TOKENS_OF(6);
#endif
#undef TOKENS_OF
      default: __builtin_unreachable();
    }
  }
}

void JOIN(matmul_exact, FACE)(
    int q4, const uint8_t *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
  size_t group_bytes = (size_t) ((cols + UNIT - 1) / UNIT) * unit_bytes(q4);
  int whole = cols & -CHUNK;
  for (int row = row_begin; row < row_end; row += GROUP) {
    const uint8_t *at = w + (size_t) (row / GROUP) * group_bytes;
    int there = row_end - row < GROUP ? row_end - row : GROUP;
    for (int i = from, count; i < to; i += count) {
      int parts = (to - i + TOKENS_MANY - 1) / TOKENS_MANY;
      const float *inputs[TOKENS_MANY];
      float *outputs[TOKENS_MANY];
      float tails[TOKENS_MANY * CHUNK] = {0};
      count = (to - i + parts - 1) / parts;
      for (int t = 0; t < count; t++) {
        inputs[t] = x + (size_t) x_rows[i + t] * (size_t) x_stride;
        outputs[t] = y + (size_t) y_rows[i + t] * (size_t) y_stride + y_offset + row;
        memcpy(tails + t * CHUNK, inputs[t] + whole, (size_t) (cols - whole) * sizeof(float));
      }
      if (q4)
        group(1, count, at, there, cols, inputs, tails, outputs);
      else
        group(0, count, at, there, cols, inputs, tails, outputs);
    }
  }
}
