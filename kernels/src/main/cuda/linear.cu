// Linear layers over rows of activations, the plain way.
#include "device.cuh"
#include "exact.cuh"
#include "linear.cuh"

/// As linear_of; w [rows, cols], dense.
template <class T>
__device__ __forceinline__ void linear_body(float* y, const T* w, const float* x, int tokens, int rows, int cols,
                                            int y_stride, int x_stride, int accumulate) {
  const T* weights = w + static_cast<size_t>(min(linear_row(), rows - 1)) * static_cast<size_t>(cols);
  linear_of(y, [&](int k) { return device::to_float(weights[k]); }, x, tokens, rows, cols, y_stride, x_stride, accumulate);
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
