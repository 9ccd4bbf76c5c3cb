// Linear layers over rows of activations, the plain way: half a warp for each row of weights, which it reads once for all
// tokens of its part of the grid. Sums as in exact.cuh, so a token's value does not depend on the others.
#include "device.cuh"
#include "exact.cuh"

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

/// y[t * y_stride + r] = dot(w[r], x[t * x_stride]), added to what is there if `accumulate`; w [rows, cols]. The grid is
/// (ceil(rows / LINEAR_ROWS = 16), ceil(tokens / LINEAR_TOKENS = 4)).
template <class T>
__device__ __forceinline__ void linear_body(float* y, const T* w, const float* x, int tokens, int rows, int cols,
                                            int y_stride, int x_stride, int accumulate) {
  const int row = static_cast<int>(blockIdx.x) * LINEAR_ROWS + static_cast<int>(threadIdx.x) / exact::LANES;
  const int first = static_cast<int>(blockIdx.y) * LINEAR_TOKENS;
  const T* weights = w + static_cast<size_t>(min(row, rows - 1)) * static_cast<size_t>(cols);
  float sums[LINEAR_TOKENS];
  linear_sums(sums, [&](int k) { return device::to_float(weights[k]); }, x, first, tokens, cols, x_stride);
  if (row >= rows || threadIdx.x % exact::LANES != 0) return;
#pragma unroll
  for (int t = 0; t < LINEAR_TOKENS; ++t) {
    if (first + t >= tokens) continue;
    float* place = y + static_cast<size_t>(first + t) * static_cast<size_t>(y_stride) + row;
    *place = accumulate ? *place + sums[t] : sums[t];
  }
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_f32(float* y, const float* w, const float* x, int tokens, int rows, int cols, int y_stride, int x_stride,
               int accumulate) {
  linear_body(y, w, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_bf16(float* y, const device::bf16* w, const float* x, int tokens, int rows, int cols, int y_stride,
                int x_stride, int accumulate) {
  linear_body(y, w, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_fp16(float* y, const device::fp16* w, const float* x, int tokens, int rows, int cols, int y_stride,
                int x_stride, int accumulate) {
  linear_body(y, w, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
