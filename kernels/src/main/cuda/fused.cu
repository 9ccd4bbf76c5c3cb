// The linear layers of a decoder layer for steps of 1 row, or of up to 4, as in fused.cuh: what goes into attention, what
// comes out of it, and the two halves of a gated feed-forward layer. Any number of blocks; one for each 32 rows of weights,
// and one for each 32 ranks of adapters, lets all be read at once. Widths are even. joined_begin, joined_slot and
// joined_weight are the joins of the step, as in adapters.cuh; null: none, and then the deltas may be null too.
#include "device.cuh"
#include "exact.cuh"
#include "adapters.cuh"
#include "fused.cuh"
#include "heads.cuh"
#include "pages.cuh"

constexpr int FUSED_THREADS = fused::THREADS;

/// Queries, keys and values; queries and keys are turned, keys and values go to their pages (as in kv_write). Neighbours in
/// the order of numbers turn together.
template <class T>
struct FusedQkv {
  static constexpr int MATRICES = 3;

  const T *q_weights, *k_weights, *v_weights;
  const float *q_bias, *k_bias, *v_bias;
  const Delta* deltas[MATRICES];
  int q_rows, kv_rows, head_dim, rotary_dim, interleaved;
  const float *cos, *sin;  // [tokens, rotary_dim / 2]
  float* q;                // [tokens, q_rows]
  Pages<float> pages;
  const int *blocks, *tables, *positions;

  __device__ __forceinline__ int rows() const { return q_rows + 2 * kv_rows; }
  __device__ __forceinline__ const T* weights(int matrix) const {
    return matrix == 0 ? q_weights : matrix == 1 ? k_weights : v_weights;
  }
  __device__ __forceinline__ const float* bias(int matrix) const {
    return matrix == 0 ? q_bias : matrix == 1 ? k_bias : v_bias;
  }
  __device__ __forceinline__ const Delta* delta(int matrix) const {
    return matrix == 0 ? deltas[0] : matrix == 1 ? deltas[1] : deltas[2];
  }

  __device__ __forceinline__ fused::Place place(int number) const {
    const int matrix = number < q_rows ? 0 : number < q_rows + kv_rows ? 1 : 2;
    const int row = matrix == 0 ? number : matrix == 1 ? number - q_rows : number - q_rows - kv_rows;
    const int d = row % head_dim;
    if (matrix == 2 || d >= rotary_dim || interleaved) return {matrix, row};
    return {matrix, row - d + d % 2 * (rotary_dim / 2) + d / 2};
  }

  __device__ __forceinline__ void write(int token, fused::Place place, float value, float partner) const {
    const int d = place.row % head_dim, half = rotary_dim / 2;
    if (place.matrix < 2 && d < rotary_dim) {
      const int angle = token * half + (interleaved ? d / 2 : d % half);
      const bool second = interleaved ? d % 2 == 1 : d >= half;
      value = fmaf(second ? partner : -partner, sin[angle], value * cos[angle]);
    }
    if (place.matrix == 0) {
      q[static_cast<size_t>(token) * static_cast<size_t>(q_rows) + place.row] = value;
      return;
    }
    const int position = positions[token];
    if (position < 0) return;
    const size_t to = pages.at(blocks + tables[token], position, place.row / head_dim) + static_cast<size_t>(d);
    (place.matrix == 1 ? pages.keys : pages.values)[to] = value;
  }
};
#define FUSED_QKV(NAME, TYPE, TOKENS)                                                                                       \
  extern "C" __global__ void __launch_bounds__(FUSED_THREADS, 2) NAME(                                                      \
      float* q, float* keys, float* values, long long block_stride, const int* blocks, const int* tables,                   \
      const int* positions, const float* cos, const float* sin, const float* x, int tokens, int cols, const float* norm,    \
      float eps, const TYPE* q_weights, const TYPE* k_weights, const TYPE* v_weights, const float* q_bias,                  \
      const float* k_bias, const float* v_bias, const Delta* q_delta, const Delta* k_delta, const Delta* v_delta,           \
      int q_rows, int kv_rows, int head_dim, int rotary_dim, int interleaved, const int* joined_begin,                      \
      const int* joined_slot, const float* joined_weight, int slot_bytes, float* h, int h_stride, unsigned* counters) {     \
    const FusedQkv<TYPE> shape{q_weights, k_weights, v_weights, q_bias, k_bias, v_bias, {q_delta, k_delta, v_delta},        \
                               q_rows, kv_rows, head_dim, rotary_dim, interleaved, cos, sin, q,                             \
                               {keys, values, block_stride, head_dim}, blocks, tables, positions};                          \
    fused::linear<TYPE, TOKENS>(shape, x, nullptr, tokens, cols, cols, norm, eps,                                           \
                                {joined_begin, joined_slot, joined_weight, slot_bytes, h, h_stride, counters});             \
  }
FUSED_QKV(fused_qkv_1_bf16, device::bf16, 1)
FUSED_QKV(fused_qkv_1_fp16, device::fp16, 1)
FUSED_QKV(fused_qkv_4_bf16, device::bf16, 4)
FUSED_QKV(fused_qkv_4_fp16, device::fp16, 4)

enum FusedActivation { FUSED_SILU, FUSED_GELU, FUSED_GELU_TANH };

/// activation(gate) * up; y [tokens, width].
template <class T>
struct FusedGated {
  static constexpr int MATRICES = 2;

  const T *gate_weights, *up_weights;
  const float *gate_bias, *up_bias;
  const Delta* deltas[MATRICES];
  int width, activation;
  float* y;

  __device__ __forceinline__ int rows() const { return 2 * width; }
  __device__ __forceinline__ const T* weights(int matrix) const { return matrix == 0 ? gate_weights : up_weights; }
  __device__ __forceinline__ const float* bias(int matrix) const { return matrix == 0 ? gate_bias : up_bias; }
  __device__ __forceinline__ const Delta* delta(int matrix) const { return matrix == 0 ? deltas[0] : deltas[1]; }
  __device__ __forceinline__ fused::Place place(int number) const { return {number % 2, number / 2}; }

  __device__ __forceinline__ void write(int token, fused::Place place, float value, float partner) const {
    if (place.matrix != 0) return;
    const float active = activation == FUSED_SILU   ? exact::Silu()(value)
                         : activation == FUSED_GELU ? exact::Gelu()(value)
                                                    : exact::GeluTanh()(value);
    y[static_cast<size_t>(token) * static_cast<size_t>(width) + place.row] = active * partner;
  }
};
#define FUSED_GATED(NAME, TYPE, TOKENS)                                                                                     \
  extern "C" __global__ void __launch_bounds__(FUSED_THREADS, 2) NAME(                                                      \
      float* y, const float* x, int tokens, int cols, const float* norm, float eps, const TYPE* gate_weights,               \
      const TYPE* up_weights, const float* gate_bias, const float* up_bias, const Delta* gate_delta, const Delta* up_delta, \
      int width, int activation, const int* joined_begin, const int* joined_slot, const float* joined_weight,               \
      int slot_bytes, float* h, int h_stride, unsigned* counters) {                                                         \
    const FusedGated<TYPE> shape{gate_weights, up_weights, gate_bias, up_bias, {gate_delta, up_delta}, width, activation,   \
                                 y};                                                                                        \
    fused::linear<TYPE, TOKENS>(shape, x, nullptr, tokens, cols, cols, norm, eps,                                           \
                                {joined_begin, joined_slot, joined_weight, slot_bytes, h, h_stride, counters});             \
  }
FUSED_GATED(fused_gated_1_bf16, device::bf16, 1)
FUSED_GATED(fused_gated_1_fp16, device::fp16, 1)
FUSED_GATED(fused_gated_4_bf16, device::bf16, 4)
FUSED_GATED(fused_gated_4_fp16, device::fp16, 4)

/// y += factor * output; y [tokens, width].
template <class T>
struct FusedAdd {
  static constexpr int MATRICES = 1;

  const T* of;
  const float* added;
  const Delta* deltas[MATRICES];
  int width;
  float factor;
  float* y;

  __device__ __forceinline__ int rows() const { return width; }
  __device__ __forceinline__ const T* weights(int) const { return of; }
  __device__ __forceinline__ const float* bias(int) const { return added; }
  __device__ __forceinline__ const Delta* delta(int) const { return deltas[0]; }
  __device__ __forceinline__ fused::Place place(int number) const { return {0, number}; }

  __device__ __forceinline__ void write(int token, fused::Place place, float value, float) const {
    float* to = y + static_cast<size_t>(token) * static_cast<size_t>(width) + place.row;
    *to = fmaf(factor, value, *to);
  }
};
#define FUSED_ADD(NAME, TYPE, TOKENS)                                                                                       \
  extern "C" __global__ void __launch_bounds__(FUSED_THREADS, 2) NAME(                                                      \
      float* y, const float* x, int tokens, int cols, const TYPE* weights, const float* bias, const Delta* delta,           \
      int width, float factor, const int* joined_begin, const int* joined_slot, const float* joined_weight,                 \
      int slot_bytes, float* h, int h_stride, unsigned* counters) {                                                         \
    const FusedAdd<TYPE> shape{weights, bias, {delta}, width, factor, y};                                                   \
    fused::linear<TYPE, TOKENS>(shape, x, nullptr, tokens, cols, cols, nullptr, 0,                                          \
                                {joined_begin, joined_slot, joined_weight, slot_bytes, h, h_stride, counters});             \
  }
FUSED_ADD(fused_add_1_bf16, device::bf16, 1)
FUSED_ADD(fused_add_1_fp16, device::fp16, 1)
FUSED_ADD(fused_add_4_bf16, device::bf16, 4)
FUSED_ADD(fused_add_4_fp16, device::fp16, 4)
