/* An instruction set and a storage type choose the kernel. */
#include "calls.h"
#include "kernels.h"

#define BIT(SET) (1 << (SET))

#ifdef __x86_64__
EXPORT int lorikeet_cpu(void) {
  __builtin_cpu_init();
  int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return (avx2 ? BIT(AVX2) : 0) | (avx2 && avx512 ? BIT(AVX512) : 0);
}

#define CHOSEN(KERNEL) (set == AVX512 ? KERNEL##_avx512 : KERNEL##_avx2)
/* Where AVX-512 lacks VNNI, AVX2 gives the same bits. */
#define CHOSEN_INT8(KERNEL) (set == AVX512 && __builtin_cpu_supports("avx512vnni") ? KERNEL##_avx512 : KERNEL##_avx2)
#endif

#ifdef __aarch64__
#include <sys/auxv.h>

EXPORT int lorikeet_cpu(void) { return BIT(NEON) | (getauxval(AT_HWCAP) & HWCAP_ASIMDDP ? BIT(NEON_DOT) : 0); }

#define CHOSEN(KERNEL) ((void) set, KERNEL##_neon)
#define CHOSEN_INT8(KERNEL) (set == NEON_DOT ? KERNEL##_neon_dot : KERNEL##_neon)
#endif

#define BY_TYPE(KERNEL)                                    \
  switch (type) {                                          \
    case F32: CHOSEN(KERNEL##_f32)(ARGUMENTS); break;      \
    case F16: CHOSEN(KERNEL##_f16)(ARGUMENTS); break;      \
    default: CHOSEN(KERNEL##_bf16)(ARGUMENTS); break;      \
  }

EXPORT void lorikeet_matmul(
    int set, int type, const void *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
#define ARGUMENTS w, cols, row_begin, row_end, x, x_stride, x_rows, y, y_stride, y_offset, y_rows, from, to
  BY_TYPE(matmul)
#undef ARGUMENTS
}

#ifdef __x86_64__
EXPORT int lorikeet_has_bf16(void) { return (lorikeet_cpu() & BIT(AVX512)) && __builtin_cpu_supports("avx512bf16"); }

EXPORT void lorikeet_matmul_bf16(
    const uint16_t *w, int cols, int row_begin, int row_end, const uint16_t *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
  matmul_pairs_avx512(w, cols, row_begin, row_end, x, x_stride, x_rows, y, y_stride, y_offset, y_rows, from, to);
}

EXPORT void lorikeet_round_bf16(const float *x, int x_offset, int width, uint16_t *to, int to_offset, int stride) {
  round_pairs_avx512(x + x_offset, width, to + to_offset, stride);
}
#endif

EXPORT void lorikeet_expand(
    int set, int type, const void *b, int rank, int out_begin, int out_end, const float *h, int h_stride, int h_offset, float *y, int y_stride, int y_offset,
    const int *y_rows, const float *weights, int from, int to) {
#define ARGUMENTS b, rank, out_begin, out_end, h, h_stride, h_offset, y, y_stride, y_offset, y_rows, weights, from, to
  BY_TYPE(expand)
#undef ARGUMENTS
}

EXPORT void lorikeet_quantize(int set, const float *x, int x_offset, int width, int8_t *values, int values_offset, float *scales, int32_t *sums, int block, int blocks) {
  CHOSEN(quantize)(x + x_offset, width, values + values_offset, scales + block, sums + block, blocks);
}

EXPORT void lorikeet_matmul_int8(
    int set, int q4, const uint8_t *w, int units, int row_begin, int row_end, const int8_t *values, int x_stride, const float *scales, const int32_t *sums,
    int blocks, const int *x_rows, float *y, int y_stride, int y_offset, const int *y_rows, int from, int to) {
  CHOSEN_INT8(matmul_int8)(q4, w, units, row_begin, row_end, values, x_stride, scales, sums, blocks, x_rows, y, y_stride, y_offset, y_rows, from, to);
}

EXPORT void lorikeet_matmul_exact(
    int set, int q4, const uint8_t *w, int cols, int row_begin, int row_end, const float *x, int x_stride, const int *x_rows, float *y, int y_stride, int y_offset,
    const int *y_rows, int from, int to) {
  CHOSEN(matmul_exact)(q4, w, cols, row_begin, row_end, x, x_stride, x_rows, y, y_stride, y_offset, y_rows, from, to);
}

EXPORT int lorikeet_pack(int set, int q4, int type, const void *w, int rows, int cols, uint8_t *data, int group_begin, int group_end) {
  return CHOSEN(pack)(q4, type, w, rows, cols, data, group_begin, group_end);
}

EXPORT void lorikeet_attention(
    int set, const float *cache, long stride, long key_offset, long value_offset, int head_dim, const int *blocks, int start, int length, const float *q, int heads,
    float scale, float soft_cap, const float *slopes, float *out) {
  CHOSEN(attention)(cache, stride, key_offset, value_offset, head_dim, blocks, start, length, q, heads, scale, soft_cap, slopes, out);
}
