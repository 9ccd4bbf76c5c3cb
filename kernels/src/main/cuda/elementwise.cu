// Element by element: embedding, activations of feed-forward layers, and what joins or bounds rows of activations. All of
// ELEMENT_THREADS threads. Arrays without a stride are dense; kernels over `count` elements take any number of blocks.
#include "device.cuh"
#include "exact.cuh"

constexpr int ELEMENT_THREADS = 256;

/// Calls `each(i)` for i in [0, count), over all blocks.
template <class Each>
__device__ __forceinline__ void for_each_element(int count, Each each) {
  const int stride = static_cast<int>(gridDim.x) * ELEMENT_THREADS;
  for (int i = static_cast<int>(blockIdx.x) * ELEMENT_THREADS + static_cast<int>(threadIdx.x); i < count; i += stride)
    each(i);
}

/// y[row] = table[tokens[row]] * scale, zeros where the token is -1; y [rows, width], table [vocabulary, width]. The grid
/// is (rows).
template <class T>
__device__ __forceinline__ void embed_body(float* y, const T* table, const int* tokens, int width, float scale) {
  const int token = tokens[blockIdx.x];
  const size_t from = static_cast<size_t>(max(token, 0)) * static_cast<size_t>(width);
  const size_t to = static_cast<size_t>(blockIdx.x) * static_cast<size_t>(width);
  for (int i = static_cast<int>(threadIdx.x); i < width; i += ELEMENT_THREADS)
    y[to + i] = token < 0 ? 0.0f : device::to_float(table[from + i]) * scale;
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    embed_f32(float* y, const float* table, const int* tokens, int width, float scale) {
  embed_body(y, table, tokens, width, scale);
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    embed_bf16(float* y, const device::bf16* table, const int* tokens, int width, float scale) {
  embed_body(y, table, tokens, width, scale);
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    embed_fp16(float* y, const device::fp16* table, const int* tokens, int width, float scale) {
  embed_body(y, table, tokens, width, scale);
}

/// y = activation(gate) * up; y, gate, up [rows, width] with strides of rows. `up` null: factors of one. y may be gate or
/// up. Any number of blocks.
template <class Activation>
__device__ __forceinline__ void gated_body(float* y, const float* gate, const float* up, int rows, int width,
                                           int y_stride, int gate_stride, int up_stride) {
  const Activation activation;
  for_each_element(rows * width, [&](int i) {
    const auto row = static_cast<size_t>(i / width), column = static_cast<size_t>(i % width);
    const float factor = up == nullptr ? 1.0f : up[row * up_stride + column];
    y[row * y_stride + column] = activation(gate[row * gate_stride + column]) * factor;
  });
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    gated_silu(float* y, const float* gate, const float* up, int rows, int width, int y_stride, int gate_stride,
               int up_stride) {
  gated_body<exact::Silu>(y, gate, up, rows, width, y_stride, gate_stride, up_stride);
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    gated_gelu(float* y, const float* gate, const float* up, int rows, int width, int y_stride, int gate_stride,
               int up_stride) {
  gated_body<exact::Gelu>(y, gate, up, rows, width, y_stride, gate_stride, up_stride);
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    gated_gelu_tanh(float* y, const float* gate, const float* up, int rows, int width, int y_stride, int gate_stride,
                    int up_stride) {
  gated_body<exact::GeluTanh>(y, gate, up, rows, width, y_stride, gate_stride, up_stride);
}

/// y += x.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) add(float* y, const float* x, int count) {
  for_each_element(count, [&](int i) { y[i] += x[i]; });
}

/// y += factor * x, in one rounding.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    add_scaled(float* y, const float* x, float factor, int count) {
  for_each_element(count, [&](int i) { y[i] = fmaf(factor, x[i], y[i]); });
}

/// y[row] += bias; y [rows, width] with a stride of rows, bias [width].
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    add_bias(float* y, const float* bias, int rows, int width, int y_stride) {
  for_each_element(rows * width, [&](int i) {
    y[static_cast<size_t>(i / width) * static_cast<size_t>(y_stride) + i % width] += bias[i % width];
  });
}

/// y *= factor.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) scale(float* y, float factor, int count) {
  for_each_element(count, [&](int i) { y[i] *= factor; });
}

/// y = cap * tanh(y / cap).
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) soft_cap(float* y, float cap, int count) {
  for_each_element(count, [&](int i) { y[i] = exact::soft_cap(cap, y[i]); });
}

/// Keeps y within [-bound, bound]; NaN stays.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS) clip(float* y, float bound, int count) {
  for_each_element(count, [&](int i) { y[i] = y[i] > bound ? bound : y[i] < -bound ? -bound : y[i]; });
}
