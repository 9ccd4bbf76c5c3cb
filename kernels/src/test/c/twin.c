#include "twin.h"

#include <math.h>
#include <string.h>

#define LANES 16
#define RANGE 256

static float of_bits(uint32_t bits) {
  float a;
  memcpy(&a, &bits, sizeof a);
  return a;
}

static float of_f16(uint16_t half) {
  uint32_t sign = (uint32_t) (half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 0x3ff;
  if (exponent == 31) return of_bits(sign | 0x7f800000 | fraction << 13);
  float magnitude = exponent == 0 ? (float) fraction * 0x1p-24f : of_bits((exponent + 112) << 23 | fraction << 13);
  return sign ? -magnitude : magnitude;
}

/* Rounded to the nearest, ties to even; a is finite. */
static uint16_t to_f16(float a) {
  uint32_t bits;
  memcpy(&bits, &a, sizeof bits);
  uint16_t sign = (uint16_t) (bits >> 16 & 0x8000);
  float magnitude = fabsf(a);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 0x1p-14f) return sign | (uint16_t) rintf(magnitude * 0x1p24f);
  uint32_t rest = (bits & 0x7fffffff) - (112u << 23);
  return sign | (uint16_t) ((rest + 0xfff + (rest >> 13 & 1)) >> 13);
}

float widened(int type, const void *w, size_t i) {
  uint32_t bits;
  uint16_t half;
  memcpy(&bits, (const char *) w + (type == F32 ? i * 4 : 0), type == F32 ? 4 : 0);
  if (type == F32) return of_bits(bits);
  memcpy(&half, (const char *) w + i * 2, 2);
  return type == F16 ? of_f16(half) : of_bits((uint32_t) half << 16);
}

static float quad(const float *lanes, int i) { return (lanes[i] + lanes[i + 8]) + (lanes[i + 4] + lanes[i + 12]); }
static float tree_of(const float *lanes) { return (quad(lanes, 0) + quad(lanes, 2)) + (quad(lanes, 1) + quad(lanes, 3)); }

void twin_matmul(
    int type, const void *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
  for (int i = from; i < to; i++)
    for (int r = row_begin; r < row_end; r++) {
      float lanes[LANES] = {0};
      for (int k = 0; k < (cols + LANES - 1) / LANES * LANES; k++) {
        float a = k < cols ? widened(type, w, (size_t) r * (size_t) cols + (size_t) k) : 0;
        lanes[k % LANES] = fmaf(a, k < cols ? x[x_rows[i] * x_stride + k] : 0, lanes[k % LANES]);
      }
      y[y_rows[i] * y_stride + y_offset + r] = tree_of(lanes);
    }
}

void twin_expand(
    int type, const void *b, int rank, int out_begin, int out_end, const float *h, int h_stride, int h_offset, float *y, int y_stride, int y_offset,
    const int *y_rows, const float *weights, int from, int to) {
  for (int i = from; i < to; i++)
    for (int o = out_begin; o < out_end; o++) {
      float sum = 0;
      for (int r = 0; r < rank; r++) sum = fmaf(widened(type, b, (size_t) ((o / LANES * rank + r) * LANES + o % LANES)), h[i * h_stride + h_offset + r], sum);
      float *at = y + y_rows[i] * y_stride + y_offset + o;
      *at = fmaf(weights[i], sum, *at);
    }
}

void twin_quantize(const float *x, int width, int8_t *values, float *scales, int32_t *sums, int blocks) {
  for (int b = 0; b < blocks; b++) {
    float largest = 0;
    int fault = 0;
    for (int i = b * 32; i < b * 32 + 32 && i < width; i++) {
      fault |= !isfinite(x[i]);
      largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;
    }
    scales[b] = fault ? NAN : largest < 0x1p-100f ? 0 : largest / 127;
    sums[b] = 0;
    for (int i = b * 32; i < b * 32 + 32; i++) {
      values[i] = fault || largest < 0x1p-100f || i >= width ? 0 : (int8_t) rintf(x[i] * (127 / largest));
      sums[b] += values[i];
    }
  }
}

/* Where a column of a row lies, from the start of its unit. */
static size_t place(int q4, int lane, int col) {
  int within = q4 ? col % 16 : col % 32;
  return (size_t) (64 + col / 32 % 2 * (q4 ? 256 : 512) + within / 4 * 64 + lane * 4 + within % 4);
}

static void pack_block(int q4, int type, const void *w, size_t row, int cols, int lane, int block, uint8_t *unit) {
  float v[32], largest = 0;
  for (int i = 0; i < 32; i++) {
    int col = block * 32 + i;
    v[i] = col < cols ? widened(type, w, row * (size_t) cols + (size_t) col) : 0;
    if (fabsf(v[i]) > fabsf(largest)) largest = v[i];
  }
  uint16_t scale = to_f16(q4 ? largest / -8 : fabsf(largest) / 127);
  float inverse = of_f16(scale) == 0 ? 0 : 1 / of_f16(scale), low = q4 ? -8 : -127, high = q4 ? 7 : 127;
  memcpy(unit + (block % 2 * 16 + lane) * 2, &scale, 2);
  for (int i = 0; i < 32; i++) {
    float q = rintf(v[i] * inverse);
    int stored = (int) (q < low ? low : q > high ? high : q) + (q4 ? 8 : 128);
    uint8_t *at = unit + place(q4, lane, block * 32 + i);
    *at = (uint8_t) (q4 && i >= 16 ? *at | stored << 4 : stored);
  }
}

void twin_pack(int q4, int type, const void *w, int rows, int cols, uint8_t *data, int group_begin, int group_end) {
  int units = (cols + 63) / 64;
  size_t group_size = (size_t) units * unit_size(q4);
  memset(data + (size_t) group_begin * group_size, 0, (size_t) (group_end - group_begin) * group_size);
  for (int row = group_begin * 16; row < group_end * 16 && row < rows; row++)
    for (int b = 0; b < (cols + 31) / 32; b++)
      pack_block(q4, type, w, (size_t) row, cols, row % 16, b, data + (size_t) (row / 16) * group_size + (size_t) (b / 2) * unit_size(q4));
}

static int integer(int q4, const uint8_t *unit, int lane, int col) {
  int byte = unit[place(q4, lane, col)];
  return q4 ? (col % 32 < 16 ? byte & 15 : byte >> 4) - 8 : byte - 128;
}

static float scale_of(const uint8_t *unit, int lane, int col) {
  uint16_t half;
  memcpy(&half, unit + (col / 32 % 2 * 16 + lane) * 2, 2);
  return of_f16(half);
}

void twin_matmul_int8(
    int q4, const uint8_t *w, int units, int row_begin, int row_end, const int8_t *values, int x_stride, const float *scales, int blocks, const int *x_rows,
    float *y, int y_stride, int y_offset, const int *y_rows, int from, int to) {
  for (int i = from; i < to; i++)
    for (int r = row_begin; r < row_end; r++) {
      float acc = 0;
      for (int b = 0; b < 2 * units; b++) {
        const uint8_t *unit = w + (size_t) (r / 16 * units + b / 2) * unit_size(q4);
        int dot = 0;
        for (int k = b * 32; k < b * 32 + 32; k++) dot += integer(q4, unit, r % 16, k) * values[x_rows[i] * x_stride + k];
        acc = fmaf((float) dot, scale_of(unit, r % 16, b * 32) * scales[x_rows[i] * blocks + b], acc);
      }
      y[y_rows[i] * y_stride + y_offset + r] = acc;
    }
}

void twin_matmul_exact(
    int q4, const uint8_t *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
  int units = (cols + 63) / 64;
  for (int i = from; i < to; i++)
    for (int r = row_begin; r < row_end; r++) {
      float lanes[LANES] = {0};
      for (int k = 0; k < (cols + LANES - 1) / LANES * LANES; k++) {
        const uint8_t *unit = w + (size_t) (r / 16 * units + k / 64) * unit_size(q4);
        int q = k < cols ? integer(q4, unit, r % 16, k) : 0;
        float a = q == 0 ? 0 : (float) q * scale_of(unit, r % 16, k);
        lanes[k % LANES] = fmaf(a, k < cols ? x[x_rows[i] * x_stride + k] : 0, lanes[k % LANES]);
      }
      y[y_rows[i] * y_stride + y_offset + r] = tree_of(lanes);
    }
}

/* ExactMath.exp. */
static float exp_of(float x) {
  float v = x < -105 ? -105 : x;
  v = v > 89 ? 89 : v;
  float shifted = fmaf(v, 0x1.715476p+0f, 0x1.8p23f), whole = shifted - 0x1.8p23f;
  if (isnan(v)) return v;
  float r = fmaf(whole, -0x1.7f7d1cp-20f, fmaf(whole, -0x1.62e4p-1f, v));
  float q = fmaf(fmaf(fmaf(fmaf(0x1.6a244ap-10f, r, 0x1.1239e2p-7f), r, 0x1.5558f2p-5f), r, 0x1.555492p-3f), r, 0x1.fffffcp-2f);
  float p = fmaf(q, r * r, r) + 1;
  int n = (int) whole, half = n >> 1;
  return p * of_bits((uint32_t) (half + 127) << 23) * of_bits((uint32_t) (n - half + 127) << 23);
}

static float score_of(const float *q, const float *keys, int head_dim, int distance, float scale, float soft_cap, const float *slope) {
  float score = 0;
  for (int d = 0; d < head_dim; d++) score = fmaf(q[d], keys[d * LANES], score);
  score *= scale;
  if (soft_cap != 0) score = soft_cap * (1 - 2 / (exp_of(2 * (score / soft_cap)) + 1));
  return slope ? fmaf(*slope, (float) distance, score) : score;
}

static float larger(float a, float b) { return isnan(a) || isnan(b) ? NAN : a > b ? a : b; }

void twin_attention(
    const float *cache, long stride, long key_offset, long value_offset, int head_dim, const int *blocks, int start, int length, const float *q, int heads,
    float scale, float soft_cap, const float *slopes, float *out) {
  for (int h = 0; h < heads; h++) {
    float most = 0, sum = 0, *at = out + h * head_dim;
    for (int begin = start, end; begin < length; begin = end) {
      float p[RANGE], lanes[LANES] = {0}, range_most = -INFINITY;
      end = (begin / RANGE + 1) * RANGE < length ? (begin / RANGE + 1) * RANGE : length;
      for (int t = begin; t < end; t++) {
        const float *keys = cache + blocks[t / LANES] * stride + key_offset + t % LANES;
        p[t - begin] = score_of(q + h * head_dim, keys, head_dim, t - (length - 1), scale, soft_cap, slopes ? slopes + h : NULL);
        range_most = larger(range_most, p[t - begin]);
      }
      for (int t = begin; t < end; t++) {
        p[t - begin] = exp_of(p[t - begin] - range_most);
        lanes[t % LANES] += p[t - begin];
      }
      float range_sum = tree_of(lanes), all = begin == start ? range_most : larger(most, range_most);
      float old = begin == start ? 0 : exp_of(most - all), fresh = begin == start ? 1 : exp_of(range_most - all);
      for (int d = 0; d < head_dim; d++) {
        float value = 0;
        for (int t = begin; t < end; t++)
          value = fmaf(p[t - begin], cache[blocks[t / LANES] * stride + value_offset + t % LANES * head_dim + d], value);
        at[d] = begin == start ? value : fmaf(value, fresh, at[d] * old);
      }
      sum = begin == start ? range_sum : fmaf(range_sum, fresh, sum * old);
      most = all;
    }
    for (int d = 0; d < head_dim; d++) at[d] /= sum;
  }
}
