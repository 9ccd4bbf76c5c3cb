// What linear layers over rows of activations have in common: half a warp for each row of weights, which it reads once for
// all tokens of its part of the grid. Sums as in exact.cuh, so a token's value does not depend on the others. Needs
// device.cuh and exact.cuh.
#pragma once

constexpr int LINEAR_THREADS = 256, LINEAR_ROWS = LINEAR_THREADS / exact::LANES, LINEAR_TOKENS = 4;

/// Sums for tokens [first, first + LINEAR_TOKENS) of one row of weights, `weight(k)` being its elements; tokens past the
/// last one count for nothing.
template <class Weight>
__device__ __forceinline__ void linear_sums(float (&sums)[LINEAR_TOKENS], Weight weight, const float* x, int first,
                                            int tokens, int cols, int x_stride) {
  const int lane = static_cast<int>(threadIdx.x) % exact::LANES;
#pragma unroll
  for (int t = 0; t < LINEAR_TOKENS; ++t) sums[t] = 0;
  const float* rows = x + static_cast<size_t>(first) * static_cast<size_t>(x_stride);
#pragma unroll 4
  for (int k = lane; k < cols; k += exact::LANES) {
    const float w = weight(k);
#pragma unroll
    for (int t = 0; t < LINEAR_TOKENS; ++t)
      if (first + t < tokens) sums[t] = fmaf(w, rows[static_cast<size_t>(t) * static_cast<size_t>(x_stride) + k], sums[t]);
  }
  const bool outside = cols % exact::LANES != 0 && lane >= cols % exact::LANES;
#pragma unroll
  for (int t = 0; t < LINEAR_TOKENS; ++t) sums[t] = exact::tree(outside ? sums[t] + 0.0f : sums[t]);
}

/// The row of weights that a thread works on; it may lie past the last one.
__device__ __forceinline__ int linear_row() {
  return static_cast<int>(blockIdx.x) * LINEAR_ROWS + static_cast<int>(threadIdx.x) / exact::LANES;
}

/// y[t * y_stride + r] = dot(w[r], x[t * x_stride]), added to what is there if `accumulate`; `weight(k)` are the elements
/// of the thread's row of w [rows, cols]. The grid is (ceil(rows / LINEAR_ROWS = 16), ceil(tokens / LINEAR_TOKENS = 4)).
template <class Weight>
__device__ __forceinline__ void linear_of(float* y, Weight weight, const float* x, int tokens, int rows, int cols,
                                          int y_stride, int x_stride, int accumulate) {
  const int row = linear_row(), first = static_cast<int>(blockIdx.y) * LINEAR_TOKENS;
  float sums[LINEAR_TOKENS];
  linear_sums(sums, weight, x, first, tokens, cols, x_stride);
  if (row >= rows || threadIdx.x % exact::LANES != 0) return;
#pragma unroll
  for (int t = 0; t < LINEAR_TOKENS; ++t) {
    if (first + t >= tokens) continue;
    float* place = y + static_cast<size_t>(first + t) * static_cast<size_t>(y_stride) + row;
    *place = accumulate ? *place + sums[t] : sums[t];
  }
}
