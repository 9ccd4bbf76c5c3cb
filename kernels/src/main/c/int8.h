/*
 * Kernels.matmulInt8 over units of io.lorikeet.kernels.QuantizedMatrix: the loops around the tiles of one instruction set. Before it come
 * GROUPS_MAX, TOKENS_MAX and tile(q4, groups, tokens, t), which is compiled for each of their combinations.
 * values [.., x_stride], scales and sums [.., blocks] rows named by x_rows; y [.., y_stride] rows named by y_rows.
 */
#define GROUP 16
#define SCALE_BYTES 64
#define BLOCK_TOKENS 512
#define ACTIVATION_BYTES (1 << 19) /* they stay in a core's second-level cache while rows pass by */

/* What a tile reads and writes. */
typedef struct {
  const uint8_t *w;      /* first unit of the first group */
  size_t group_bytes;    /* from one group to the next */
  int units;             /* of a row */
  int rows;              /* of the last group that exist */
  int ahead;             /* whether what comes is prefetched */
  const int8_t *x[BLOCK_TOKENS];
  const float *scales[BLOCK_TOKENS];
  const int32_t *sums[BLOCK_TOKENS];
  float *y[BLOCK_TOKENS];
} Work;

INLINE size_t unit_bytes(const int q4) { return SCALE_BYTES + (q4 ? 512 : 1024); }
INLINE size_t block_bytes(const int q4) { return q4 ? 256 : 512; }
INLINE int offset_of(const int q4) { return q4 ? 8 : 128; }

INLINE void tile(const int q4, const int groups, const int tokens, const Work *work, int t, int row);

#define TILE_OF(T) \
  case T: tile(q4, groups, T, work, t, row); break

INLINE void tiles(const int q4, const int groups, int tokens, const Work *work, int t, int row) {
  switch (tokens) {
    TILE_OF(1);
    TILE_OF(2);
    TILE_OF(3);
    TILE_OF(4);
#if TOKENS_MAX > 4
    TILE_OF(5);
    TILE_OF(6);
#endif
    default: __builtin_unreachable();
  }
}
#undef TILE_OF

/* Near-equal parts of at most TOKENS_MAX: the size of the next one. */
INLINE int part(int left) {
  int parts = (left + TOKENS_MAX - 1) / TOKENS_MAX;
  return (left + parts - 1) / parts;
}

INLINE void rows_of(const int q4, Work *work, const uint8_t *w, int row_begin, int row_end, int tokens) {
  for (int row = row_begin; row < row_end;) {
    int left = (row_end - row + GROUP - 1) / GROUP;
    int groups = left >= GROUPS_MAX && tokens > 1 ? GROUPS_MAX : 1;
    work->w = w + (size_t) (row / GROUP) * work->group_bytes;
    work->rows = row + groups * GROUP <= row_end ? GROUP : row_end - row - (groups - 1) * GROUP;
    for (int t = 0, count; t < tokens; t += count) {
      count = part(tokens - t);
      work->ahead = t == 0;
      if (groups == GROUPS_MAX)
        tiles(q4, GROUPS_MAX, count, work, t, row);
      else
        tiles(q4, 1, count, work, t, row);
    }
    row += groups * GROUP;
  }
}

void JOIN(matmul_int8, FACE)(
    int q4, const uint8_t *w, int units, int row_begin, int row_end, const int8_t *values, int x_stride, const float *scales, const int32_t *sums, int blocks,
    const int *x_rows, float *y, int y_stride, int y_offset, const int *y_rows, int from, int to) {
  Work work = {.units = units, .group_bytes = (size_t) units * unit_bytes(q4)};
  int most = ACTIVATION_BYTES / (units * 64);
  most = most < TOKENS_MAX ? TOKENS_MAX : most > BLOCK_TOKENS ? BLOCK_TOKENS : most;
  for (int first = from; first < to; first += most) {
    int tokens = to - first < most ? to - first : most;
    for (int t = 0; t < tokens; t++) {
      size_t row = (size_t) x_rows[first + t];
      work.x[t] = values + row * (size_t) x_stride;
      work.scales[t] = scales + row * (size_t) blocks;
      work.sums[t] = sums + row * (size_t) blocks;
      work.y[t] = y + (size_t) y_rows[first + t] * (size_t) y_stride + y_offset;
    }
    if (q4)
      rows_of(1, &work, w, row_begin, row_end, tokens);
    else
      rows_of(0, &work, w, row_begin, row_end, tokens);
  }
}
