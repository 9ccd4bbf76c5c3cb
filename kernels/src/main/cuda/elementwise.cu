// Embedding, activations of feed-forward layers, and rotary positions.
#include "device.cuh"

constexpr int ELEMENT_THREADS = 256;

/// y[row] = table[tokens[row]] * scale; y [rows, width], table [vocabulary, width]; one block for each row.
template <class T>
__device__ __forceinline__ void embed_body(float* y, const T* table, const int* tokens, int width, float scale) {
  const size_t from = static_cast<size_t>(tokens[blockIdx.x]) * static_cast<size_t>(width);
  const size_t to = static_cast<size_t>(blockIdx.x) * static_cast<size_t>(width);
  for (int i = static_cast<int>(threadIdx.x); i < width; i += ELEMENT_THREADS)
    y[to + i] = device::to_float(table[from + i]) * scale;
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    embed_bf16(float* y, const device::bf16* table, const int* tokens, int width, float scale) {
  embed_body(y, table, tokens, width, scale);
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    embed_fp16(float* y, const device::fp16* table, const int* tokens, int width, float scale) {
  embed_body(y, table, tokens, width, scale);
}

struct Silu {
  __device__ __forceinline__ float operator()(float x) const { return x / (1.0f + expf(-x)); }
};
struct Gelu {
  __device__ __forceinline__ float operator()(float x) const { return 0.5f * x * (1.0f + erff(x * 0.70710678f)); }
};
struct GeluTanh {
  __device__ __forceinline__ float operator()(float x) const {
    return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
  }
};

/// y = activation(gate) * up, over `count` elements. y may be gate or up.
template <class Activation>
__device__ __forceinline__ void gated_body(float* y, const float* gate, const float* up, int count) {
  const Activation activation;
  const int stride = static_cast<int>(gridDim.x) * ELEMENT_THREADS;
  for (int i = static_cast<int>(blockIdx.x) * ELEMENT_THREADS + static_cast<int>(threadIdx.x); i < count; i += stride)
    y[i] = activation(gate[i]) * up[i];
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    gated_silu(float* y, const float* gate, const float* up, int count) {
  gated_body<Silu>(y, gate, up, count);
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    gated_gelu(float* y, const float* gate, const float* up, int count) {
  gated_body<Gelu>(y, gate, up, count);
}
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    gated_gelu_tanh(float* y, const float* gate, const float* up, int count) {
  gated_body<GeluTanh>(y, gate, up, count);
}

/// Rotates the first `rotary_dim` elements of each head of x [rows, heads, head_dim] in place, by the angles at the row's
/// position: element i with i + rotary_dim / 2, or interleaved, 2i with 2i + 1. cos, sin [positions, rotary_dim / 2]; one
/// block for each row.
extern "C" __global__ void __launch_bounds__(ELEMENT_THREADS)
    rope(float* x, const float* cos, const float* sin, const int* positions, int heads, int head_dim, int rotary_dim,
         int interleaved) {
  const int half = rotary_dim / 2;
  const size_t angles = static_cast<size_t>(positions[blockIdx.x]) * static_cast<size_t>(half);
  float* row = x + static_cast<size_t>(blockIdx.x) * static_cast<size_t>(heads) * static_cast<size_t>(head_dim);
  for (int pair = static_cast<int>(threadIdx.x); pair < heads * half; pair += ELEMENT_THREADS) {
    const int i = pair % half;
    float* first = row + pair / half * head_dim + (interleaved ? 2 * i : i);
    float* second = first + (interleaved ? 1 : half);
    const float a = *first, b = *second, c = cos[angles + i], s = sin[angles + i];
    *first = fmaf(-b, s, a * c);
    *second = fmaf(a, s, b * c);
  }
}
