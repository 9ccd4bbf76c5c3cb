// Linear layers with weights in blocks of 32. Activations stay F32, so the sums are those of the exact numerics.
#include "device.cuh"
#include "exact.cuh"
#include "linear.cuh"
#include "quantized.cuh"

/// As linear_of, with the same grid; w in units.
template <class Format>
__device__ __forceinline__ void linear_quantized(float* y, const uint8_t* w, const float* x, int tokens, int rows,
                                                 int cols, int y_stride, int x_stride, int accumulate) {
  const QuantizedRow<Format> weights(w, min(linear_row(), rows - 1), cols);
  linear_of(y, weights, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_q8(float* y, const uint8_t* w, const float* x, int tokens, int rows, int cols, int y_stride, int x_stride,
              int accumulate) {
  linear_quantized<Q8>(y, w, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_q4(float* y, const uint8_t* w, const float* x, int tokens, int rows, int cols, int y_stride, int x_stride,
              int accumulate) {
  linear_quantized<Q4>(y, w, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
