/* What Java calls. A library holds the instruction sets of one architecture, and is only asked for those that lorikeet_cpu names. */
#ifndef LORIKEET_CALLS_H
#define LORIKEET_CALLS_H

#include <stdint.h>

#include "exact.h"

/* By the numbers of NativeKernels. */
enum { AVX2 = 1, AVX512, NEON, NEON_DOT };
enum { F32, F16, BF16 };

/* The instruction sets that this CPU and its operating system can run: 1 << set for each. */
EXPORT int lorikeet_cpu(void);

EXPORT void lorikeet_matmul(
    int set, int type, const void *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to);

#ifdef __x86_64__
/* Whether the CPU has AVX512_BF16, which the next two need. */
EXPORT int lorikeet_has_bf16(void);

EXPORT void lorikeet_matmul_bf16(
    const uint16_t *w, int cols, int row_begin, int row_end, const uint16_t *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to);

EXPORT void lorikeet_round_bf16(const float *x, int x_offset, int width, uint16_t *to, int to_offset, int stride);
#endif

EXPORT void lorikeet_expand(
    int set, int type, const void *b, int rank, int out_begin, int out_end, const float *h, int h_stride, int h_offset, float *y, int y_stride, int y_offset,
    const int *y_rows, const float *weights, int from, int to);

EXPORT void lorikeet_quantize(int set, const float *x, int x_offset, int width, int8_t *values, int values_offset, float *scales, int32_t *sums, int block, int blocks);

EXPORT void lorikeet_matmul_int8(
    int set, int q4, const uint8_t *w, int units, int row_begin, int row_end, const int8_t *values, int x_stride, const float *scales, const int32_t *sums,
    int blocks, const int *x_rows, float *y, int y_stride, int y_offset, const int *y_rows, int from, int to);

EXPORT void lorikeet_matmul_exact(
    int set, int q4, const uint8_t *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to);

EXPORT int lorikeet_pack(int set, int q4, int type, const void *w, int rows, int cols, uint8_t *data, int group_begin, int group_end);

EXPORT void lorikeet_attention(
    int set, const float *cache, long stride, long key_offset, long value_offset, int head_dim, const int *blocks, int start, int length, const float *q, int heads,
    float scale, float soft_cap, const float *slopes, float *out);

#endif
