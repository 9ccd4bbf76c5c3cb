// New keys and values into their pages.
#include "device.cuh"
#include "heads.cuh"
#include "pages.cuh"

constexpr int KV_WRITE_THREADS = 128;

/// Writes row r's keys k and values v to the place of position positions[r] of its sequence, whose blocks stand in `blocks`
/// from tables[r] on; nothing where the position is -1. Pages as in pages.cuh; k and v as in heads.cuh, kv_heads groups of
/// one head, both with the same strides. The grid is (rows).
template <class T>
__device__ __forceinline__ void kv_write_body(Pages<T> pages, const int* blocks, const int* tables, const int* positions,
                                              const float* k, const float* v, Heads heads) {
  const int position = positions[blockIdx.x];
  if (position < 0) return;
  const int* table = blocks + tables[blockIdx.x];
  for (int i = static_cast<int>(threadIdx.x); i < heads.groups * heads.head_dim; i += KV_WRITE_THREADS) {
    const int head = i / heads.head_dim, d = i % heads.head_dim;
    const size_t from = heads.at(blockIdx.x, head) + static_cast<size_t>(d);
    const size_t to = pages.at(table, position, head) + static_cast<size_t>(d);
    pages.keys[to] = device::from_float<T>(k[from]);
    pages.values[to] = device::from_float<T>(v[from]);
  }
}
extern "C" __global__ void __launch_bounds__(KV_WRITE_THREADS)
    kv_write_f32(float* keys, float* values, long long block_stride, const int* blocks, const int* tables,
                 const int* positions, const float* k, const float* v, int kv_heads, int head_dim, int row_stride,
                 int group_stride) {
  kv_write_body(Pages<float>{keys, values, block_stride, head_dim}, blocks, tables, positions, k, v,
                {kv_heads, 1, head_dim, row_stride, group_stride});
}
extern "C" __global__ void __launch_bounds__(KV_WRITE_THREADS)
    kv_write_bf16(device::bf16* keys, device::bf16* values, long long block_stride, const int* blocks, const int* tables,
                  const int* positions, const float* k, const float* v, int kv_heads, int head_dim, int row_stride,
                  int group_stride) {
  kv_write_body(Pages<device::bf16>{keys, values, block_stride, head_dim}, blocks, tables, positions, k, v,
                {kv_heads, 1, head_dim, row_stride, group_stride});
}
extern "C" __global__ void __launch_bounds__(KV_WRITE_THREADS)
    kv_write_fp16(device::fp16* keys, device::fp16* values, long long block_stride, const int* blocks, const int* tables,
                  const int* positions, const float* k, const float* v, int kv_heads, int head_dim, int row_stride,
                  int group_stride) {
  kv_write_body(Pages<device::fp16>{keys, values, block_stride, head_dim}, blocks, tables, positions, k, v,
                {kv_heads, 1, head_dim, row_stride, group_stride});
}
