// Attention over pages for few rows: blocks share the ranges of 256 positions of a row, so that many read a long context. The
// last one to finish a range of a row's heads merges all in ascending order: the bits are those of attention.cu.
#include "device.cuh"
#include "exact.cuh"
#include "heads.cuh"
#include "pages.cuh"
#include "scoring.cuh"

constexpr int SPLIT_THREADS = 256, SPLIT_WARPS = SPLIT_THREADS / 32, SPLIT_HEAD_DIM_MAX = 512;
constexpr int SPLIT_RANGE = 256;  // positions, one for each thread
constexpr int SPLIT_QUERIES = 4;  // heads of one group that a block does, so that they share its keys and values

/// What ranges give heads: the largest score, the sum of the weights, and the weighted values [head_dim] of each.
struct Partials {
  float* first;  // [rows, heads, ranges_max, 2 + head_dim]
  int ranges_max, head_dim;

  __device__ __forceinline__ float* at(size_t row_head, int range) const {
    return first + (row_head * static_cast<size_t>(ranges_max) + range) * static_cast<size_t>(2 + head_dim);
  }
};

/// Merges the ranges of an element of a head, in ascending order.
__device__ __forceinline__ float merged(const Partials& partials, size_t row_head, int ranges, int d) {
  const float* range = partials.at(row_head, 0);
  float most = range[0], sum = range[1], value = range[2 + d];
  for (int i = 1; i < ranges; ++i) {
    range = partials.at(row_head, i);
    const float larger = fmaxf(most, range[0]);
    const float old = exact::exp(most - larger), fresh = exact::exp(range[0] - larger);
    most = larger;
    sum = fmaf(range[1], fresh, sum * old);
    value = fmaf(range[2 + d], fresh, value * old);
  }
  return value / sum;
}

/// As attention_body. counters [rows, blocks of the second dimension] are zero before and after. The grid is (any number of
/// blocks that share a row's ranges, groups * ceil(per_group / SPLIT_QUERIES = 4), rows).
template <class T>
__device__ __forceinline__ void attention_split_body(float* out, Partials partials, unsigned* counters, const float* q,
                                                     Pages<T> pages, const int* blocks, const int* tables,
                                                     const int* positions, Heads heads, int window, Scoring scoring) {
  SHARED_ARRAY(float, query, SPLIT_QUERIES * SPLIT_HEAD_DIM_MAX);
  SHARED_ARRAY(float, weights, SPLIT_QUERIES * SPLIT_RANGE);
  SHARED_ARRAY(float, warps, SPLIT_QUERIES * SPLIT_WARPS);
  SHARED_VALUE(unsigned, arrival);
  const int thread = static_cast<int>(threadIdx.x), dim = heads.head_dim;
  const int parts = (heads.per_group + SPLIT_QUERIES - 1) / SPLIT_QUERIES;
  const int group = static_cast<int>(blockIdx.y) / parts, from = static_cast<int>(blockIdx.y) % parts * SPLIT_QUERIES;
  const int head = group * heads.per_group + from, queries = min(SPLIT_QUERIES, heads.per_group - from);
  const size_t row_head = static_cast<size_t>(blockIdx.z) * static_cast<size_t>(heads.count()) + head;
  float* to = out + row_head * static_cast<size_t>(dim);
  const int last = positions[blockIdx.z], start = window == 0 ? 0 : max(0, last - window + 1);
  const int ranges = last < 0 ? 0 : last / SPLIT_RANGE - start / SPLIT_RANGE + 1;
  for (int i = thread; i < queries * dim && last < 0 && blockIdx.x == 0; i += SPLIT_THREADS) to[i] = 0;
  const int* table = blocks + tables[blockIdx.z];
  for (int i = thread; i < queries * dim && ranges > 0; i += SPLIT_THREADS) query[i] = q[heads.at(blockIdx.z, head) + i];

  for (int range = static_cast<int>(blockIdx.x); range < ranges; range += static_cast<int>(gridDim.x)) {
    __syncthreads();  // the query is there, and what the range before left is not needed any more
    const int first = (start / SPLIT_RANGE + range) * SPLIT_RANGE;
    const int token = first + thread, begin = max(start, first), end = min(last + 1, first + SPLIT_RANGE);
    const bool inside = token >= begin && token < end;
    float scores[SPLIT_QUERIES];
#pragma unroll
    for (int i = 0; i < SPLIT_QUERIES; ++i) scores[i] = 0;
    if (inside) {
      const T* key = pages.keys + pages.at(table, token, group);
#pragma unroll 4
      for (int d = 0; d < dim; ++d) {
        const float k = device::to_float(key[d]);
#pragma unroll
        for (int i = 0; i < SPLIT_QUERIES; ++i)
          if (i < queries) scores[i] = fmaf(query[i * dim + d], k, scores[i]);
      }
    }
#pragma unroll
    for (int i = 0; i < SPLIT_QUERIES; ++i) {
      scores[i] = inside && i < queries ? scoring(scores[i], head + i, token - last) : -INFINITY;
      float most = scores[i];
#pragma unroll
      for (int distance = 16; distance > 0; distance /= 2) most = fmaxf(most, __shfl_xor_sync(0xffffffffu, most, distance));
      if (thread % 32 == 0) warps[i * SPLIT_WARPS + thread / 32] = most;
    }
    __syncthreads();
    float* own = partials.at(row_head, range);  // of the first head; those of the others follow
    const auto next = static_cast<size_t>(partials.at(row_head + 1, range) - own);
#pragma unroll
    for (int i = 0; i < SPLIT_QUERIES; ++i) {
      float most = -INFINITY;
#pragma unroll
      for (int warp = 0; warp < SPLIT_WARPS; ++warp) most = fmaxf(most, warps[i * SPLIT_WARPS + warp]);
      weights[i * SPLIT_RANGE + thread] = inside && i < queries ? exact::exp(scores[i] - most) : 0.0f;
      if (thread == 0 && i < queries) own[i * next] = most;
    }
    __syncthreads();
    if (thread < SPLIT_QUERIES * exact::LANES) {  // whole warps: half of one for each head
      const int i = thread / exact::LANES;
      float sum = 0;
      for (int t = thread % exact::LANES; t < SPLIT_RANGE; t += exact::LANES) sum += weights[i * SPLIT_RANGE + t];
      sum = exact::tree(sum);
      if (thread % exact::LANES == 0 && i < queries) own[i * next + 1] = sum;
    }
    for (int item = thread; item < queries * dim; item += SPLIT_THREADS) {
      const int i = item / dim, d = item % dim;
      float value = 0;
#pragma unroll 4
      for (int t = begin; t < end; ++t)
        value = fmaf(weights[i * SPLIT_RANGE + t - first], device::to_float(pages.values[pages.at(table, t, group) + d]),
                     value);
      own[i * next + 2 + d] = value;
    }
    __syncthreads();
    if (thread == 0) {
      unsigned* counter = counters + static_cast<size_t>(blockIdx.z) * gridDim.y + blockIdx.y;
      arrival = device::increment_acq_rel(counter, static_cast<unsigned>(ranges - 1));
    }
    __syncthreads();
    for (int item = thread; item < queries * dim && arrival == static_cast<unsigned>(ranges - 1); item += SPLIT_THREADS)
      to[item] = merged(partials, row_head + item / dim, ranges, item % dim);
  }
}
extern "C" __global__ void __launch_bounds__(SPLIT_THREADS, 2)
    attention_split_f32(float* out, float* partials, int ranges_max, unsigned* counters, const float* q, float* keys,
                        float* values, long long block_stride, const int* blocks, const int* tables, const int* positions,
                        const float* slopes, int groups, int per_group, int head_dim, int row_stride, int group_stride,
                        int window, float scale, float soft_cap) {
  attention_split_body(out, {partials, ranges_max, head_dim}, counters, q,
                       Pages<float>{keys, values, block_stride, head_dim}, blocks, tables, positions,
                       {groups, per_group, head_dim, row_stride, group_stride}, window, {scale, soft_cap, slopes});
}
