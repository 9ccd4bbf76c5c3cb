/* The definitions of io.lorikeet.kernels.Kernels, element by element and without vectors: what every face must give, to the bit. */
#ifndef LORIKEET_TWIN_H
#define LORIKEET_TWIN_H

#include "operands.h"

/* An element of stored weights. */
float widened(int type, const void *w, size_t i);

/* Parameters as those of calls.h. */
void twin_matmul(
    int type, const void *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to);
void twin_expand(
    int type, const void *b, int rank, int out_begin, int out_end, const float *h, int h_stride, int h_offset, float *y, int y_stride, int y_offset,
    const int *y_rows, const float *weights, int from, int to);
void twin_quantize(const float *x, int width, int8_t *values, float *scales, int32_t *sums, int blocks);
void twin_pack(int q4, int type, const void *w, int rows, int cols, uint8_t *data, int group_begin, int group_end);
void twin_matmul_int8(
    int q4, const uint8_t *w, int units, int row_begin, int row_end, const int8_t *values, int x_stride, const float *scales, int blocks, const int *x_rows,
    float *y, int y_stride, int y_offset, const int *y_rows, int from, int to);
void twin_matmul_exact(
    int q4, const uint8_t *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to);
void twin_attention(
    const float *cache, long stride, long key_offset, long value_offset, int head_dim, const int *blocks, int start, int length, const float *q, int heads,
    float scale, float soft_cap, const float *slopes, float *out);

/* Bytes of a unit of io.lorikeet.kernels.QuantizedMatrix. */
static inline size_t unit_size(int q4) { return q4 ? 64 + 512 : 64 + 1024; }

#endif
