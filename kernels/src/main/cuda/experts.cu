// Sparse feed-forward layers, the plain way. A choice is an expert that a row goes to; row r has choices [r * per_row,
// (r + 1) * per_row), by ascending expert. Sums and their order are those of the CPU's exact numerics.
#include "device.cuh"
#include "exact.cuh"
#include "quantized.cuh"

constexpr int ROUTE_THREADS = 64, EXPERT_THREADS = 256, EXPERT_ROWS = EXPERT_THREADS / exact::LANES;

/// Chooses per_row experts for each row: the softmax over all scores, of which the largest are kept, the lowest number first
/// among equals; their weights are the probabilities, over the sum of those kept if `normalised`. scores [rows, experts]
/// hold what the softmax divides afterwards. One thread for each row.
extern "C" __global__ void __launch_bounds__(ROUTE_THREADS)
    route(int* chosen, float* weights, float* scores, int rows, int experts, int per_row, int normalised) {
  const int row = static_cast<int>(blockIdx.x) * ROUTE_THREADS + static_cast<int>(threadIdx.x);
  if (row >= rows) return;
  float* p = scores + static_cast<size_t>(row) * static_cast<size_t>(experts);
  int* choices = chosen + static_cast<size_t>(row) * static_cast<size_t>(per_row);
  float most = -INFINITY, all = 0;
  for (int e = 0; e < experts; ++e) most = p[e] > most || p[e] != p[e] ? p[e] : most;  // NaN stays
  for (int e = 0; e < experts; ++e) {
    p[e] = exact::exp(p[e] - most);
    all += p[e];
  }
  for (int i = 0; i < per_row; ++i) {
    int best = -1;
    for (int e = 0; e < experts; ++e) {
      bool taken = false;
      for (int j = 0; j < i; ++j) taken |= choices[j] == e;
      if (!taken && (best < 0 || p[e] > p[best])) best = e;
    }
    choices[i] = best;
  }
  for (int i = 1; i < per_row; ++i)  // by ascending expert
    for (int j = i; j > 0 && choices[j - 1] > choices[j]; --j) {
      const int expert = choices[j];
      choices[j] = choices[j - 1];
      choices[j - 1] = expert;
    }
  float kept = 0;
  for (int i = 0; i < per_row; ++i) kept += p[choices[i]];
  for (int i = 0; i < per_row; ++i)
    weights[static_cast<size_t>(row) * static_cast<size_t>(per_row) + i] = p[choices[i]] / (normalised ? kept : all);
}

/// y[c * rows + r] = dot(row r of the matrix of choice c's expert, x[c / shared]) for each choice c: `shared` is per_row where
/// the choices of a row read the same x, else 1. Matrices are [rows, cols]; `weights(expert, r)` gives the elements of row
/// r of one, by k. The grid is (ceil(rows / EXPERT_ROWS = 16), choices).
template <class Weights>
__device__ __forceinline__ void expert_linear_of(float* y, Weights weights, const int* chosen, const float* x, int rows,
                                                 int cols, int shared) {
  const auto choice = static_cast<size_t>(blockIdx.y);
  const int row = static_cast<int>(blockIdx.x) * EXPERT_ROWS + static_cast<int>(threadIdx.x) / exact::LANES;
  const auto weight = weights(chosen[choice], min(row, rows - 1));
  const float* input = x + choice / static_cast<size_t>(shared) * static_cast<size_t>(cols);
  const float sum = exact::tree(exact::partial(static_cast<int>(threadIdx.x) % exact::LANES, cols,
                                               [&](int k) { return make_float2(weight(k), input[k]); }));
  if (row < rows && threadIdx.x % exact::LANES == 0) y[choice * static_cast<size_t>(rows) + row] = sum;
}

/// As expert_linear_of; matrices [experts], dense.
template <class T>
__device__ __forceinline__ void expert_linear_body(float* y, const T* const* matrices, const int* chosen, const float* x,
                                                   int rows, int cols, int shared) {
  const auto weights = [&](int expert, int row) {
    const T* w = matrices[expert] + static_cast<size_t>(row) * static_cast<size_t>(cols);
    return [w](int k) { return device::to_float(w[k]); };
  };
  expert_linear_of(y, weights, chosen, x, rows, cols, shared);
}
extern "C" __global__ void __launch_bounds__(EXPERT_THREADS)
    expert_linear_f32(float* y, const float* const* matrices, const int* chosen, const float* x, int rows, int cols,
                      int shared) {
  expert_linear_body(y, matrices, chosen, x, rows, cols, shared);
}
extern "C" __global__ void __launch_bounds__(EXPERT_THREADS)
    expert_linear_bf16(float* y, const device::bf16* const* matrices, const int* chosen, const float* x, int rows,
                       int cols, int shared) {
  expert_linear_body(y, matrices, chosen, x, rows, cols, shared);
}
extern "C" __global__ void __launch_bounds__(EXPERT_THREADS)
    expert_linear_fp16(float* y, const device::fp16* const* matrices, const int* chosen, const float* x, int rows,
                       int cols, int shared) {
  expert_linear_body(y, matrices, chosen, x, rows, cols, shared);
}

/// As expert_linear_of; matrices [experts], in units as in quantized.cuh.
template <class Format>
__device__ __forceinline__ void expert_linear_quantized(float* y, const uint8_t* const* matrices, const int* chosen,
                                                        const float* x, int rows, int cols, int shared) {
  const auto weights = [&](int expert, int row) { return QuantizedRow<Format>(matrices[expert], row, cols); };
  expert_linear_of(y, weights, chosen, x, rows, cols, shared);
}
extern "C" __global__ void __launch_bounds__(EXPERT_THREADS)
    expert_linear_q8(float* y, const uint8_t* const* matrices, const int* chosen, const float* x, int rows, int cols,
                     int shared) {
  expert_linear_quantized<Q8>(y, matrices, chosen, x, rows, cols, shared);
}
extern "C" __global__ void __launch_bounds__(EXPERT_THREADS)
    expert_linear_q4(float* y, const uint8_t* const* matrices, const int* chosen, const float* x, int rows, int cols,
                     int shared) {
  expert_linear_quantized<Q4>(y, matrices, chosen, x, rows, cols, shared);
}

/// y[row] = sigmoid(gate[row]) * y[row] + the sum of weights[c] * out[c] over the row's choices, in their order; without a
/// gate (null) only the sum. y [rows, width], out [choices, width]. The grid is (ceil(width / EXPERT_THREADS = 256), rows).
extern "C" __global__ void __launch_bounds__(EXPERT_THREADS)
    join_experts(float* y, const float* gate, const float* out, const float* weights, int width, int per_row) {
  const auto row = static_cast<size_t>(blockIdx.y);
  const int i = static_cast<int>(blockIdx.x) * EXPERT_THREADS + static_cast<int>(threadIdx.x);
  if (i >= width) return;
  float* place = y + row * static_cast<size_t>(width) + i;
  float sum = gate == nullptr ? 0.0f : __fmul_rn(1.0f / (1.0f + exact::exp(-gate[row])), *place);
  for (size_t choice = row * per_row; choice < (row + 1) * per_row; ++choice)
    sum = fmaf(weights[choice], out[choice * static_cast<size_t>(width) + i], sum);
  *place = sum;
}
