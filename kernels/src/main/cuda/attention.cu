// Attention over pages, the plain way: one block for each row and query head, decode and prefill alike. Ranges of 256
// absolute positions, one for each thread, are merged in ascending order; sums as in exact.cuh. So a row's output has the
// same bits whatever else is in the step.
#include "device.cuh"
#include "exact.cuh"
#include "heads.cuh"
#include "pages.cuh"
#include "scoring.cuh"

constexpr int ATTENTION_THREADS = 256, ATTENTION_HEAD_DIM_MAX = 512;
constexpr int ATTENTION_DIMS = ATTENTION_HEAD_DIM_MAX / ATTENTION_THREADS;  // of a thread

/// The maximum over the block, in every thread.
__device__ __forceinline__ float block_max(float value) {
  SHARED_ARRAY(float, warps, ATTENTION_THREADS / 32);
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, distance));
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = value;
  __syncthreads();
  float most = warps[0];
#pragma unroll
  for (int i = 1; i < ATTENTION_THREADS / 32; ++i) most = fmaxf(most, warps[i]);
  __syncthreads();  // the next maximum is written to the same places
  return most;
}

/// The sum of `weights` [256] of a range, in every thread.
__device__ __forceinline__ float range_sum(const float* weights) {
  SHARED_VALUE(float, total);
  if (threadIdx.x < 32) {
    float sum = 0;
    for (int t = static_cast<int>(threadIdx.x) % exact::LANES; t < ATTENTION_THREADS; t += exact::LANES) sum += weights[t];
    sum = exact::tree(sum);
    if (threadIdx.x == 0) total = sum;
  }
  __syncthreads();
  return total;
}

/// out[r, head] = softmax(scores of positions start..positions[r]) times their values; start is 0, or with a window (not 0)
/// the first of the last `window` positions. out [rows, heads, head_dim], dense; zeros where the position is -1. q as in
/// heads.cuh, pages, blocks and tables as in kv_write. The grid is (rows, heads); head_dim is at most 512.
template <class T>
__device__ __forceinline__ void attention_body(float* out, const float* q, Pages<T> pages, const int* blocks,
                                               const int* tables, const int* positions, Heads heads, int window,
                                               Scoring scoring) {
  const int head = static_cast<int>(blockIdx.y), thread = static_cast<int>(threadIdx.x), dim = heads.head_dim;
  const int last = positions[blockIdx.x], start = window == 0 ? 0 : max(0, last - window + 1);
  const int* table = blocks + tables[blockIdx.x];
  SHARED_ARRAY(float, query, ATTENTION_HEAD_DIM_MAX);
  SHARED_ARRAY(float, weights, ATTENTION_THREADS);
  for (int d = thread; d < dim && last >= 0; d += ATTENTION_THREADS) query[d] = q[heads.at(blockIdx.x, head) + d];
  __syncthreads();
  float most = 0, sum = 1, values[ATTENTION_DIMS] = {};
  for (int first = start / ATTENTION_THREADS * ATTENTION_THREADS; first <= last; first += ATTENTION_THREADS) {
    const int token = first + thread, begin = max(start, first), end = min(last + 1, first + ATTENTION_THREADS);
    const bool inside = token >= begin && token < end;
    float score = -INFINITY;
    if (inside) {
      const T* key = pages.keys + pages.at(table, token, head / heads.per_group);
      float product = 0;
      for (int d = 0; d < dim; ++d) product = fmaf(query[d], device::to_float(key[d]), product);
      score = scoring(product, head, token - last);
    }
    const float range_most = block_max(score);
    weights[thread] = inside ? exact::exp(score - range_most) : 0.0f;
    __syncthreads();
    const float range_weight = range_sum(weights);
    float range_values[ATTENTION_DIMS] = {};
    for (int t = begin; t < end; ++t) {
      const T* value = pages.values + pages.at(table, t, head / heads.per_group);
#pragma unroll
      for (int i = 0; i < ATTENTION_DIMS; ++i) {
        const int d = thread + i * ATTENTION_THREADS;
        if (d < dim) range_values[i] = fmaf(weights[t - first], device::to_float(value[d]), range_values[i]);
      }
    }
    __syncthreads();  // the next range has weights of its own
    if (begin == start) {
      most = range_most;
      sum = range_weight;
#pragma unroll
      for (int i = 0; i < ATTENTION_DIMS; ++i) values[i] = range_values[i];
      continue;
    }
    const float larger = fmaxf(most, range_most);
    const float old = exact::exp(most - larger), fresh = exact::exp(range_most - larger);
    most = larger;
    sum = fmaf(range_weight, fresh, sum * old);
#pragma unroll
    for (int i = 0; i < ATTENTION_DIMS; ++i) values[i] = fmaf(range_values[i], fresh, values[i] * old);
  }
  float* to = out + (static_cast<size_t>(blockIdx.x) * static_cast<size_t>(heads.count()) + head) * static_cast<size_t>(dim);
#pragma unroll
  for (int i = 0; i < ATTENTION_DIMS; ++i) {
    const int d = thread + i * ATTENTION_THREADS;
    if (d < dim) to[d] = values[i] / sum;
  }
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS)
    attention_f32(float* out, const float* q, float* keys, float* values, long long block_stride, const int* blocks,
                  const int* tables, const int* positions, const float* slopes, int groups, int per_group, int head_dim,
                  int row_stride, int group_stride, int window, float scale, float soft_cap) {
  attention_body(out, q, Pages<float>{keys, values, block_stride, head_dim}, blocks, tables, positions,
                 {groups, per_group, head_dim, row_stride, group_stride}, window, {scale, soft_cap, slopes});
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS)
    attention_bf16(float* out, const float* q, device::bf16* keys, device::bf16* values, long long block_stride,
                   const int* blocks, const int* tables, const int* positions, const float* slopes, int groups,
                   int per_group, int head_dim, int row_stride, int group_stride, int window, float scale,
                   float soft_cap) {
  attention_body(out, q, Pages<device::bf16>{keys, values, block_stride, head_dim}, blocks, tables, positions,
                 {groups, per_group, head_dim, row_stride, group_stride}, window, {scale, soft_cap, slopes});
}
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS)
    attention_fp16(float* out, const float* q, device::fp16* keys, device::fp16* values, long long block_stride,
                   const int* blocks, const int* tables, const int* positions, const float* slopes, int groups,
                   int per_group, int head_dim, int row_stride, int group_stride, int window, float scale,
                   float soft_cap) {
  attention_body(out, q, Pages<device::fp16>{keys, values, block_stride, head_dim}, blocks, tables, positions,
                 {groups, per_group, head_dim, row_stride, group_stride}, window, {scale, soft_cap, slopes});
}
