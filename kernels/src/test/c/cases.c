#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "twin.h"

static void digest(Trial *trial, uint32_t word) { trial->digest = (trial->digest ^ word) * 0x100000001b3u; }

static void same_floats(Trial *trial, const char *what, const float *expected, const float *actual, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t e, a;
    memcpy(&e, expected + i, 4);
    memcpy(&a, actual + i, 4);
    int both_nan = isnan(expected[i]) && isnan(actual[i]);
    if (e != a && !both_nan && !trial->failed) {
      trial->failed = 1;
      snprintf(trial->what, sizeof trial->what, "%s, element %zu: expected %a, was %a", what, i, expected[i], actual[i]);
    }
    digest(trial, both_nan ? 0x7fc00000 : a);
  }
}

static void same_bytes(Trial *trial, const char *what, const void *expected, const void *actual, size_t count) {
  const uint8_t *e = expected, *a = actual;
  for (size_t i = 0; i < count; i++) {
    if (e[i] != a[i] && !trial->failed) {
      trial->failed = 1;
      snprintf(trial->what, sizeof trial->what, "%s, byte %zu: expected %d, was %d", what, i, e[i], a[i]);
    }
    digest(trial, a[i]);
  }
}

static void *copied(const void *of, size_t bytes) { return memcpy(guarded(bytes, 0), of, bytes); }

/* Rows of a batch: which are read, which are written, and where. */
typedef struct {
  int tokens, from, stride, offset;
  const int *x_rows, *y_rows;
  float *expected, *actual;
  size_t count;
} Rows;

/* width: of an output row. A few rows lie between those that are written. */
static Rows rows_of(Operands *o, int tokens, int width) {
  Rows r = {.tokens = tokens, .from = between(o, 0, 3) == 0 ? between(o, 0, tokens - 1) : 0, .offset = between(o, 0, 5)};
  r.stride = r.offset + width + between(o, 0, 5);
  r.x_rows = numbers(o, tokens, tokens + 2);
  r.y_rows = numbers(o, tokens, tokens + 2);
  r.count = (size_t) (tokens + 1) * (size_t) r.stride + (size_t) (r.offset + width);
  r.expected = floats(o, r.count);
  r.actual = copied(r.expected, r.count * sizeof(float));
  return r;
}

static float *inputs(Operands *o, int rows, int stride, int width) { return floats(o, (size_t) ((rows - 1) * stride + width)); }

static void matmul(Trial *trial, Operands *o, int type, int q4) {
  (void) q4;
  int cols = trial->large ? between(o, 8000, 8400) : between(o, 0, 19) == 0 ? between(o, 1000, 2200) : size_of(o, 1, 200);
  int rows = trial->large ? between(o, 8, 20) : between(o, 1, 40);
  int tokens = trial->large ? between(o, 17, 40) : between(o, 0, 2) == 0 ? 1 : between(o, 0, 9) == 0 ? between(o, 20, 70) : between(o, 2, 20);
  int row_begin = between(o, 0, rows - 1), row_end = between(o, row_begin + 1, rows);
  int x_stride = cols + between(o, 0, 5);
  void *w = weights(o, type, (size_t) rows * (size_t) cols, 0);
  float *x = inputs(o, tokens + 2, x_stride, cols);
  Rows r = rows_of(o, tokens, rows);
  twin_matmul(type, w, cols, row_begin, row_end, x, x_stride, r.x_rows, r.expected, r.stride, r.offset, r.y_rows, r.from, tokens);
  lorikeet_matmul(trial->set, type, w, cols, row_begin, row_end, x, x_stride, r.x_rows, r.actual, r.stride, r.offset, r.y_rows, r.from, tokens);
  same_floats(trial, "y", r.expected, r.actual, r.count);
}

static void expand(Trial *trial, Operands *o, int type, int q4) {
  (void) q4;
  int out = size_of(o, 1, trial->large ? 3000 : 200), rank = between(o, 1, trial->large ? 128 : 20), tiles = (out + 15) / 16;
  int tokens = between(o, 1, trial->large ? 40 : 11);
  int out_begin = 16 * between(o, 0, tiles - 1), out_end = between(o, 0, 1) ? out : out_begin + 16 < out ? out_begin + 16 : out;
  int h_offset = between(o, 0, 5), h_stride = h_offset + rank + between(o, 0, 5);
  void *b = weights(o, type, (size_t) (tiles * 16 * rank), 0);
  float *h = inputs(o, tokens, h_stride, h_offset + rank), *factors = floats(o, (size_t) tokens);
  Rows r = rows_of(o, tokens, out);
  twin_expand(type, b, rank, out_begin, out_end, h, h_stride, h_offset, r.expected, r.stride, r.offset, r.y_rows, factors, r.from, tokens);
  lorikeet_expand(
      trial->set, type, b, rank, out_begin, out_end, h, h_stride, h_offset, r.actual, r.stride, r.offset, r.y_rows, factors, r.from, tokens);
  same_floats(trial, "y", r.expected, r.actual, r.count);
}

/* Activations in blocks. */
typedef struct {
  int units, blocks, stride;
  int8_t *values;
  float *scales;
  int32_t *sums;
} Int8;

static Int8 int8_of(int rows, int cols) {
  Int8 x = {.units = (cols + 63) / 64};
  x.blocks = 2 * x.units;
  x.stride = x.units * 64;
  x.values = guarded((size_t) (rows * x.stride), 0);
  x.scales = guarded((size_t) (rows * x.blocks) * sizeof(float), 0);
  x.sums = guarded((size_t) (rows * x.blocks) * sizeof(int32_t), 0);
  return x;
}

static void quantize(Trial *trial, Operands *o, int type, int q4) {
  (void) type;
  (void) q4;
  int width = size_of(o, 1, trial->large ? 9000 : 300), offset = between(o, 0, 5);
  float *x = floats(o, (size_t) (offset + width));
  if (between(o, 0, 3) == 0) x[offset + between(o, 0, width - 1)] *= 0x1p-110f;
  if (between(o, 0, 3) == 0)
    for (int i = 0; i < width && i < 32; i++) x[offset + i] *= 0x1p-110f;
  Int8 expected = int8_of(2, width), actual = int8_of(2, width);
  twin_quantize(x + offset, width, expected.values + expected.stride, expected.scales + expected.blocks, expected.sums + expected.blocks, expected.blocks);
  lorikeet_quantize(trial->set, x, offset, width, actual.values, actual.stride, actual.scales, actual.sums, actual.blocks, actual.blocks);
  same_bytes(trial, "values", expected.values, actual.values, (size_t) (2 * actual.stride));
  same_floats(trial, "scales", expected.scales, actual.scales, (size_t) (2 * actual.blocks));
  same_bytes(trial, "sums", expected.sums, actual.sums, (size_t) (2 * actual.blocks) * sizeof(int32_t));
}

/* Packed weights, and which of their rows are wanted. */
typedef struct {
  int rows, cols, units, row_begin, row_end;
  uint8_t *data;
} Packed;

static Packed packed_of(Operands *o, int q4, int cols) {
  Packed p = {.rows = between(o, 1, 70), .cols = cols, .units = (cols + 63) / 64};
  int groups = (p.rows + 15) / 16;
  int type = between(o, 0, 2);
  p.data = guarded((size_t) (groups * p.units) * unit_size(q4), 0);
  twin_pack(q4, type, weights(o, type, (size_t) p.rows * (size_t) cols, 1), p.rows, cols, p.data, 0, groups);
  p.row_begin = 16 * between(o, 0, groups - 1);
  p.row_end = 16 * between(o, p.row_begin / 16 + 1, groups);
  if (p.row_end > p.rows) p.row_end = p.rows;
  return p;
}

static void matmul_int8(Trial *trial, Operands *o, int type, int q4) {
  (void) type;
  int wide = trial->large && between(o, 0, 1);
  int cols = wide ? between(o, 16000, 17000) : size_of(o, 1, trial->large ? 64 : 400);
  int tokens = wide ? between(o, 31, 40) : trial->large ? between(o, 505, 530) : between(o, 1, 13);
  Packed w = packed_of(o, q4, cols);
  Int8 x = int8_of(tokens + 2, cols);
  float *before = floats(o, (size_t) (tokens + 2) * (size_t) cols);
  for (int i = 0; i < tokens + 2; i++)
    twin_quantize(before + (size_t) i * (size_t) cols, cols, x.values + i * x.stride, x.scales + i * x.blocks, x.sums + i * x.blocks, x.blocks);
  Rows r = rows_of(o, tokens, w.rows);
  twin_matmul_int8(
      q4, w.data, w.units, w.row_begin, w.row_end, x.values, x.stride, x.scales, x.blocks, r.x_rows, r.expected, r.stride, r.offset, r.y_rows, r.from, tokens);
  lorikeet_matmul_int8(
      trial->set, q4, w.data, w.units, w.row_begin, w.row_end, x.values, x.stride, x.scales, x.sums, x.blocks, r.x_rows, r.actual, r.stride, r.offset, r.y_rows,
      r.from, tokens);
  same_floats(trial, "y", r.expected, r.actual, r.count);
}

static void matmul_exact(Trial *trial, Operands *o, int type, int q4) {
  (void) type;
  int cols = trial->large ? between(o, 3000, 3200) : size_of(o, 1, 300), tokens = between(o, 1, 15);
  int x_stride = cols + between(o, 0, 5);
  Packed w = packed_of(o, q4, cols);
  float *x = inputs(o, tokens + 2, x_stride, cols);
  Rows r = rows_of(o, tokens, w.rows);
  twin_matmul_exact(q4, w.data, cols, w.row_begin, w.row_end, x, x_stride, r.x_rows, r.expected, r.stride, r.offset, r.y_rows, r.from, tokens);
  lorikeet_matmul_exact(
      trial->set, q4, w.data, cols, w.row_begin, w.row_end, x, x_stride, r.x_rows, r.actual, r.stride, r.offset, r.y_rows, r.from, tokens);
  same_floats(trial, "y", r.expected, r.actual, r.count);
}

/* One weight in some trials is too large for a scale: its row must be named. */
static void pack(Trial *trial, Operands *o, int type, int q4) {
  int cols = size_of(o, 1, trial->large ? 2000 : 300), rows = between(o, 1, 70), groups = (rows + 15) / 16;
  int group_begin = between(o, 0, groups - 1), group_end = between(o, group_begin + 1, groups);
  size_t bytes = (size_t) (groups * ((cols + 63) / 64)) * unit_size(q4);
  char *w = weights(o, type, (size_t) rows * (size_t) cols, 1);
  uint8_t *expected = guarded(bytes, 0), *actual;
  memset(expected, 0x5a, bytes);
  actual = copied(expected, bytes);
  int last = group_end * 16 < rows ? group_end * 16 : rows, refused = -1;
  if (type != F16 && between(o, 0, 5) == 0) {
    float huge = -0x1p30f;
    refused = between(o, group_begin * 16, last - 1);
    char *at = w + ((size_t) refused * (size_t) cols + (size_t) between(o, 0, cols - 1)) * bytes_of(type);
    memcpy(at, (const char *) &huge + (type == F32 ? 0 : 2), bytes_of(type));
  }
  int row = lorikeet_pack(trial->set, q4, type, w, rows, cols, actual, group_begin, group_end);
  same_bytes(trial, "refused row", &refused, &row, sizeof row);
  if (refused < 0) {
    twin_pack(q4, type, w, rows, cols, expected, group_begin, group_end);
    same_bytes(trial, "units", expected, actual, bytes);
  }
}

static void attention(Trial *trial, Operands *o, int type, int q4) {
  (void) type;
  (void) q4;
  static const int head_dims[] = {2, 6, 10, 16, 24, 32, 64, 80, 96, 128, 512};
  int head_dim = head_dims[between(o, 0, trial->large ? 10 : 9)], heads = between(o, 1, 9), kind = between(o, 0, 3);
  int length = between(o, 0, 2) == 0 ? between(o, 250, trial->large ? 1100 : 560) : between(o, 1, 40);
  int start = between(o, 0, 2) == 0 ? between(o, 0, length - 1) : 0, blocks = (length + 15) / 16 + 1;
  long key_offset = between(o, 0, 3) * 16L, value_offset = key_offset + 16L * head_dim, stride = value_offset + 16L * head_dim + between(o, 0, 3) * 16L;
  float *cache = floats(o, (size_t) ((blocks - 1) * stride + value_offset + 16L * head_dim));
  int *table = numbers(o, blocks - 1, blocks);
  float *q = floats(o, (size_t) (heads * head_dim)), *slopes = kind == 1 ? floats(o, (size_t) heads) : NULL, cap = kind == 2 ? 5 : 0;
  size_t count = (size_t) (heads * head_dim);
  float *expected = floats(o, count), *actual = copied(expected, count * sizeof(float));
  twin_attention(cache, stride, key_offset, value_offset, head_dim, table, start, length, q, heads, 0.3f, cap, slopes, expected);
  lorikeet_attention(trial->set, cache, stride, key_offset, value_offset, head_dim, table, start, length, q, heads, 0.3f, cap, slopes, actual);
  same_floats(trial, "out", expected, actual, count);
}

const Case cases[] = {
    {"matmul-f32", matmul, F32, 0},     {"matmul-f16", matmul, F16, 0},     {"matmul-bf16", matmul, BF16, 0},
    {"expand-f32", expand, F32, 0},     {"expand-f16", expand, F16, 0},     {"expand-bf16", expand, BF16, 0},
    {"quantize", quantize, F32, 0},     {"int8-q8", matmul_int8, F32, 0},   {"int8-q4", matmul_int8, F32, 1},
    {"exact-q8", matmul_exact, F32, 0}, {"exact-q4", matmul_exact, F32, 1}, {"pack-q8-f32", pack, F32, 0},
    {"pack-q8-f16", pack, F16, 0},      {"pack-q8-bf16", pack, BF16, 0},    {"pack-q4-f32", pack, F32, 1},
    {"pack-q4-f16", pack, F16, 1},      {"pack-q4-bf16", pack, BF16, 1},    {"attention", attention, F32, 0},
};
const int case_count = sizeof cases / sizeof *cases;
