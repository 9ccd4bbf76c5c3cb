// Linear layers over rows of activations, the plain way: one warp for each row of weights, which it reads once for all
// tokens of its part of the grid.
#include "device.cuh"

constexpr int LINEAR_WARPS = 8, LINEAR_THREADS = LINEAR_WARPS * 32, LINEAR_TOKENS = 4;

/// y[t * y_stride + r] = dot(w[r], x[t]), added to what is there if `accumulate`; w [rows, cols], x [tokens, cols]. The
/// grid is (ceil(rows / 8), ceil(tokens / 4)). A token's value does not depend on the others.
template <class T>
__device__ __forceinline__ void linear_body(float* y, const T* w, const float* x, int tokens, int rows, int cols,
                                            int y_stride, int accumulate) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(blockIdx.x) * LINEAR_WARPS + static_cast<int>(threadIdx.x) / 32;
  const int first = static_cast<int>(blockIdx.y) * LINEAR_TOKENS, count = min(LINEAR_TOKENS, tokens - first);
  if (row >= rows) return;
  const T* weights = w + static_cast<size_t>(row) * static_cast<size_t>(cols);
  float sums[LINEAR_TOKENS] = {};
  for (int k = lane; k < cols; k += 32) {
    const float weight = device::to_float(weights[k]);
#pragma unroll
    for (int t = 0; t < LINEAR_TOKENS; ++t)
      if (t < count) sums[t] = fmaf(weight, x[static_cast<size_t>(first + t) * static_cast<size_t>(cols) + k], sums[t]);
  }
#pragma unroll
  for (int t = 0; t < LINEAR_TOKENS; ++t) {
    const float sum = device::warp_sum(sums[t]);
    if (lane != 0 || t >= count) continue;
    float* place = y + static_cast<size_t>(first + t) * static_cast<size_t>(y_stride) + row;
    *place = accumulate ? *place + sum : sum;
  }
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_bf16(float* y, const device::bf16* w, const float* x, int tokens, int rows, int cols, int y_stride,
                int accumulate) {
  linear_body(y, w, x, tokens, rows, cols, y_stride, accumulate);
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_fp16(float* y, const device::fp16* w, const float* x, int tokens, int rows, int cols, int y_stride,
                int accumulate) {
  linear_body(y, w, x, tokens, rows, cols, y_stride, accumulate);
}
