// Norms of rows of activations, and of queries and keys. Sums as in exact.cuh: the first half of the first warp makes them.
#include "device.cuh"
#include "exact.cuh"
#include "heads.cuh"

constexpr int NORM_THREADS = 256;

/// What an adapter has in place of a norm: null where the base's stays.
struct Norm {
  const float *weight, *bias;
};

/// The norm of a row: that of its adapter, where `slots` [rows] names one (-1: none) and `replaced` [slot] has one, or the
/// base's. Both tables may be null.
__device__ __forceinline__ Norm norm_of(const Norm* replaced, int replaced_stride, const int* slots, int row, Norm base) {
  const int slot = slots == nullptr ? -1 : slots[row];
  if (slot < 0) return base;
  const Norm of = replaced[static_cast<size_t>(slot) * static_cast<size_t>(replaced_stride)];
  return of.weight == nullptr ? base : of;
}

/// The sum of what `at(k)` gives for k < width: as factors of a dot product. In every thread.
template <class At>
__device__ __forceinline__ float norm_sum(int width, At at) {
  SHARED_VALUE(float, total);
  if (threadIdx.x < 32) {
    const float sum = exact::tree(exact::partial(static_cast<int>(threadIdx.x) % exact::LANES, width, at));
    if (threadIdx.x == 0) total = sum;
  }
  __syncthreads();
  const float sum = total;
  __syncthreads();  // the next sum is written to the same place
  return sum;
}

/// y = x / sqrt(mean(x^2) + eps) * weight.
struct RmsNorm {
  static __device__ __forceinline__ void apply(float* y, const float* x, Norm norm, int width, float eps) {
    const float squares = norm_sum(width, [&](int k) { return make_float2(x[k], x[k]); });
    const float factor = 1.0f / sqrtf(squares / static_cast<float>(width) + eps);
    for (int i = static_cast<int>(threadIdx.x); i < width; i += NORM_THREADS) y[i] = x[i] * factor * norm.weight[i];
  }
};

/// y = (x - mean) / sqrt(variance + eps) * weight + bias.
struct LayerNorm {
  static __device__ __forceinline__ void apply(float* y, const float* x, Norm norm, int width, float eps) {
    const float mean = norm_sum(width, [&](int k) { return make_float2(1.0f, x[k]); }) / static_cast<float>(width);
    const float squares = norm_sum(width, [&](int k) { return make_float2(x[k] - mean, x[k] - mean); });
    const float factor = 1.0f / sqrtf(squares / static_cast<float>(width) + eps);
    for (int i = static_cast<int>(threadIdx.x); i < width; i += NORM_THREADS)
      y[i] = fmaf((x[i] - mean) * factor, norm.weight[i], norm.bias[i]);
  }
};

/// Row r of y becomes the norm of row from[r] of x, of row r if `from` is null. x, y [rows, width]; y may be x where rows
/// stay in place. `slots`, by rows of x, and `replaced`, every replaced_stride-th of which is one slot's, as in norm_of. The
/// grid is (rows of y).
template <class Kind>
__device__ __forceinline__ void norm_body(float* y, const float* x, const int* from, const Norm* replaced,
                                          int replaced_stride, const int* slots, Norm base, int width, float eps) {
  const int to = static_cast<int>(blockIdx.x), row = from == nullptr ? to : from[to];
  const Norm norm = norm_of(replaced, replaced_stride, slots, row, base);
  Kind::apply(y + static_cast<size_t>(to) * static_cast<size_t>(width),
              x + static_cast<size_t>(row) * static_cast<size_t>(width), norm, width, eps);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    rms_norm(float* y, const float* x, const int* from, const Norm* replaced, int replaced_stride, const int* slots,
             const float* weight, int width, float eps) {
  norm_body<RmsNorm>(y, x, from, replaced, replaced_stride, slots, {weight, nullptr}, width, eps);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    layer_norm(float* y, const float* x, const int* from, const Norm* replaced, int replaced_stride, const int* slots,
               const float* weight, const float* bias, int width, float eps) {
  norm_body<LayerNorm>(y, x, from, replaced, replaced_stride, slots, {weight, bias}, width, eps);
}

/// Norms queries or keys in place, head by head; x as in heads.cuh. Head h takes the weights from h * weight_stride on: 0
/// where all heads share them, head_dim where each has its own. Replaced norms are laid out likewise. A norm over all heads
/// at once is a head as wide as they are. The grid is (rows, heads).
template <class Kind>
__device__ __forceinline__ void head_norm_body(float* x, const Norm* replaced, int replaced_stride, const int* slots,
                                               Norm base, Heads heads, int weight_stride, float eps) {
  const int head = static_cast<int>(blockIdx.y);
  Norm norm = norm_of(replaced, replaced_stride, slots, static_cast<int>(blockIdx.x), base);
  norm.weight += head * weight_stride;
  if (norm.bias != nullptr) norm.bias += head * weight_stride;
  float* values = x + heads.at(blockIdx.x, head);
  Kind::apply(values, values, norm, heads.head_dim, eps);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    head_rms_norm(float* x, const Norm* replaced, int replaced_stride, const int* slots, const float* weight, int groups,
                  int per_group, int head_dim, int row_stride, int group_stride, int weight_stride, float eps) {
  head_norm_body<RmsNorm>(x, replaced, replaced_stride, slots, {weight, nullptr},
                          {groups, per_group, head_dim, row_stride, group_stride}, weight_stride, eps);
}
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    head_layer_norm(float* x, const Norm* replaced, int replaced_stride, const int* slots, const float* weight,
                    const float* bias, int groups, int per_group, int head_dim, int row_stride, int group_stride,
                    int weight_stride, float eps) {
  head_norm_body<LayerNorm>(x, replaced, replaced_stride, slots, {weight, bias},
                            {groups, per_group, head_dim, row_stride, group_stride}, weight_stride, eps);
}
