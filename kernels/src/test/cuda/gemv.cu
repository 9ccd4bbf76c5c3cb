// y[n] = dot(x / rms(x), w[n]) with x [cols] and w [rows, cols] of bf16: shared memory, a barrier, warp sums, and columns
// split over blocks whose partial sums the last one to finish adds in a fixed order.
#include "device.cuh"
#include "plants.cuh"

constexpr int GEMV_WARPS = 4, GEMV_THREADS = GEMV_WARPS * 32, GEMV_PART_MAX = 1024;

using device::bf16;

/// partials [gridDim.y, rows]; counters [gridDim.x], zero before and after; the grid is (ceil(rows / 4), parts).
template <Plant PLANT>
__device__ __forceinline__ void gemv_body(float* y, const bf16* x, const bf16* w, int rows, int cols, float* partials,
                                          unsigned* counters) {
  SHARED_ARRAY(float, part, GEMV_PART_MAX);
  SHARED_ARRAY(float, squares, GEMV_WARPS);
  SHARED_VALUE(unsigned, arrival);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const int parts = static_cast<int>(gridDim.y), width = cols / parts, first = static_cast<int>(blockIdx.y) * width;

  float square = 0;
  for (int k = thread; k < cols; k += GEMV_THREADS) {
    float value = device::to_float(x[k]);
    square += value * value;
    if (k >= first && k < first + width) part[k - first] = value;
  }
  square = device::warp_sum(square);
  if (lane == 0) squares[warp] = square;
  if constexpr (PLANT != Plant::NO_BARRIER) __syncthreads();

  float total = 0;
  for (int i = 0; i < GEMV_WARPS; ++i) total += squares[i];
  const float scale = rsqrtf(total / static_cast<float>(cols));
  const int row = static_cast<int>(blockIdx.x) * GEMV_WARPS + warp;
  if (row < rows || PLANT == Plant::OUT_OF_BOUNDS) {
    float sum = 0;
    for (int k = lane; k < width; k += 32)
      sum += device::to_float(w[static_cast<size_t>(row) * static_cast<size_t>(cols) + static_cast<size_t>(first + k)]) * part[k];
    if constexpr (PLANT == Plant::DIVERGENT_SHUFFLE) {
      if (lane < 16) sum = device::warp_sum(sum);
    } else {
      sum = device::warp_sum(sum);
    }
    if (lane == 0 && row < rows) partials[static_cast<int>(blockIdx.y) * rows + row] = sum * scale;
  }
  __syncthreads();
  if (thread == 0)
    arrival = PLANT == Plant::RELAXED_COUNTER ? atomicInc(counters + blockIdx.x, gridDim.y - 1)
                                              : device::increment_acq_rel(counters + blockIdx.x, gridDim.y - 1);
  __syncthreads();
  if (arrival + 1 == gridDim.y && lane == 0 && row < rows) {
    float sum = 0;
    for (int i = 0; i < parts; ++i) sum += partials[i * rows + row];
    y[row] = sum;
  }
}

#define GEMV(NAME, PLANT)                                                                                             \
  extern "C" __global__ void __launch_bounds__(GEMV_THREADS)                                                          \
      NAME(float* y, const bf16* x, const bf16* w, int rows, int cols, float* partials, unsigned* counters) {         \
    gemv_body<PLANT>(y, x, w, rows, cols, partials, counters);                                                        \
  }
GEMV(gemv, Plant::NONE)
GEMV(gemv_no_barrier, Plant::NO_BARRIER)
GEMV(gemv_out_of_bounds, Plant::OUT_OF_BOUNDS)
GEMV(gemv_relaxed_counter, Plant::RELAXED_COUNTER)
GEMV(gemv_divergent_shuffle, Plant::DIVERGENT_SHUFFLE)
