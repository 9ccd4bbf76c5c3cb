/*
 * Kernels.pack: weights in blocks of 32 to the units of io.lorikeet.kernels.QuantizedMatrix, whose pack is the definition. Before it come the
 * header of an instruction set, equal, most, store_bytes, narrow_f16, widened_f16 and join_halves.
 * w [rows, cols] of a storage type; data: the units of all groups. Every byte of the groups is written. The result is a row whose scale F16
 * does not hold, or -1.
 */
#define BLOCK 32
#define UNIT 64
#define GROUP 16
#define SCALE_BYTES 64
#define AHEAD 256 /* elements of a row; 16 rows at once are too many for the hardware to run ahead of */

INLINE lanes weights(const int type, const void *p, int i) {
  return type == 0 ? widen_f32((const float *) p + i) : type == 1 ? widen_f16((const uint16_t *) p + i) : widen_bf16((const uint16_t *) p + i);
}

/* What a block's scale is made of: the value of the largest magnitude, the first of equals. */
INLINE float largest(const int q4, const lanes *v) {
  lanes all = magnitude(v[0]);
#pragma GCC unroll 4
  for (int i = 1; i < BLOCK / W; i++) all = larger_number(magnitude(v[i]), all);
  float value = most(all);
  if (!q4) return value;
  uint32_t positive = 0, negative = 0;
#pragma GCC unroll 4
  for (int i = 0; i < BLOCK / W; i++) {
    positive |= equal(v[i], set1(value)) << (i * W);
    negative |= equal(v[i], set1(-value)) << (i * W);
  }
  /* The lowest bit of both is the first: is it a negative one's? */
  uint32_t first = (positive | negative) & -(positive | negative);
  return positive & first ? value : -value;
}

/* One block of one row. values: where its first four columns go. */
INLINE int pack_block(const int q4, const int type, const void *w, uint16_t *scale, uint8_t *values) {
  lanes v[BLOCK / W];
#pragma GCC unroll 4
  for (int i = 0; i < BLOCK / W; i++) v[i] = weights(type, w, i * W);
  uint16_t bits = narrow_f16(largest(q4, v) / (q4 ? -8.0f : 127.0f));
  float stored = widened_f16(bits);
  lanes inverse = set1(stored == 0 ? 0 : 1 / stored);
  uint8_t bytes[BLOCK];
#pragma GCC unroll 4
  for (int i = 0; i < BLOCK / W; i++) {
    lanes shifted = add(mul(v[i], inverse), set1(ROUND));
    store_bytes(bytes + i * W, shifted, q4 ? -8 : -127, q4 ? 7 : 127, q4 ? 8 : 128);
  }
  if (q4) join_halves(bytes);
  const int steps = q4 ? 4 : 8;
  for (int j = 0; j < steps; j++) memcpy(values + j * 64, bytes + j * 4, 4);
  *scale = bits;
  return (bits & 0x7c00) == 0x7c00;
}

INLINE int pack_groups(const int q4, const int type, const char *w, int rows, int cols, uint8_t *data, int group_begin, int group_end) {
  const size_t size = type == 0 ? 4 : 2;
  const size_t block_bytes = q4 ? 256 : 512, unit_bytes = SCALE_BYTES + 2 * block_bytes;
  int units = (cols + UNIT - 1) / UNIT;
  for (int g = group_begin; g < group_end; g++) {
    int there = rows - g * GROUP < GROUP ? rows - g * GROUP : GROUP;
    for (int u = 0; u < units; u++) {
      uint8_t *unit = data + ((size_t) g * (size_t) units + (size_t) u) * unit_bytes;
      int left = cols - u * UNIT;
      if (there < GROUP || left < UNIT) memset(unit, 0, unit_bytes);
      for (int lane = 0; lane < there; lane++) {
        const char *at = w + ((size_t) (g * GROUP + lane) * (size_t) cols + (size_t) u * UNIT) * size;
        for (size_t line = 0; line < UNIT * size; line += 64) __builtin_prefetch(at + AHEAD * size + line, 0, 0);
        for (int b = 0; b < 2 && b * BLOCK < left; b++) {
          char padded[BLOCK * 4] = {0};
          const void *block = at + (size_t) b * BLOCK * size;
          if (left - b * BLOCK < BLOCK) block = memcpy(padded, block, (size_t) (left - b * BLOCK) * size);
          uint16_t scale;
          if (pack_block(q4, type, block, &scale, unit + SCALE_BYTES + (size_t) b * block_bytes + lane * 4)) return g * GROUP + lane;
          memcpy(unit + (b * GROUP + lane) * 2, &scale, 2);
        }
      }
    }
  }
  return -1;
}

#define PACKED_AS(Q4, TYPE) \
  if (q4 == Q4 && type == TYPE) return pack_groups(Q4, TYPE, w, rows, cols, data, group_begin, group_end)

int JOIN(pack, FACE)(int q4, int type, const void *w, int rows, int cols, uint8_t *data, int group_begin, int group_end) {
  PACKED_AS(0, 0);
  PACKED_AS(0, 1);
  PACKED_AS(0, 2);
  PACKED_AS(1, 0);
  PACKED_AS(1, 1);
  PACKED_AS(1, 2);
  __builtin_unreachable();
}
