/* The kernels of every instruction set by name; what they do and which sizes they trust is told where they are defined. */
#ifndef LORIKEET_KERNELS_H
#define LORIKEET_KERNELS_H

#include <stdint.h>

#define MATMUL(NAME, ELEMENT)                                                                                                      \
  void NAME(const ELEMENT *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset, \
            const int *y_rows, int from, int to)
#define EXPAND(NAME, ELEMENT)                                                                                                       \
  void NAME(const ELEMENT *b, int rank, int out_begin, int out_end, const float *h, int h_stride, int h_offset, float *y, int y_stride, int y_offset,     \
            const int *y_rows, const float *weights, int from, int to)
#define ATTENTION(NAME)                                                                                                              \
  void NAME(const float *cache, long stride, long key_offset, long value_offset, int head_dim, const int *blocks, int start, int length, const float *q, \
            int heads, float scale, float soft_cap, const float *slopes, float *out)

#define MATMUL_INT8(NAME)                                                                                                               \
  void NAME(int q4, const uint8_t *w, int units, int row_begin, int row_end, const int8_t *values, int x_stride, const float *scales, const int32_t *sums, \
            int blocks, const int *x_rows, float *y, int y_stride, int y_offset, const int *y_rows, int from, int to)
#define MATMUL_EXACT(NAME)                                                                                                              \
  void NAME(int q4, const uint8_t *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset, \
            const int *y_rows, int from, int to)
#define PACK(NAME) int NAME(int q4, int type, const void *w, int rows, int cols, uint8_t *data, int group_begin, int group_end)
#define QUANTIZE(NAME) void NAME(const float *x, int width, int8_t *values, float *scales, int32_t *sums, int blocks)

#define KERNELS(FACE)                 \
  MATMUL_INT8(matmul_int8_##FACE);     \
  MATMUL_EXACT(matmul_exact_##FACE);   \
  PACK(pack_##FACE);                   \
  QUANTIZE(quantize_##FACE);           \
  MATMUL(matmul_f32_##FACE, float);    \
  MATMUL(matmul_f16_##FACE, uint16_t);  \
  MATMUL(matmul_bf16_##FACE, uint16_t); \
  EXPAND(expand_f32_##FACE, float);    \
  EXPAND(expand_f16_##FACE, uint16_t);  \
  EXPAND(expand_bf16_##FACE, uint16_t); \
  ATTENTION(attention_##FACE)

#ifdef __x86_64__
KERNELS(avx512);
KERNELS(avx2);

/* Only for a CPU with AVX512_BF16. */
void matmul_pairs_avx512(const uint16_t *w, int cols, int row_begin, int row_end, const uint16_t *x, int x_stride, const int *x_rows, float *y, int y_stride,
                         int y_offset, const int *y_rows, int from, int to);
void round_pairs_avx512(const float *x, int width, uint16_t *to, int stride);
#endif
#ifdef __aarch64__
KERNELS(neon);
MATMUL_INT8(matmul_int8_neon_dot);
#endif

#endif
