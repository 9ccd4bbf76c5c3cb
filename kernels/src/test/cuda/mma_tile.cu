// y[t][n] = dot(x[t], w[n]) for up to 16 tokens on mma.sync: weights are the rows of the product, a ring of stages is
// filled by cp.async, tiles are swizzled, fragments come by ldmatrix.
#include "device.cuh"
#include "plants.cuh"

constexpr int MMA_ROWS = 64, MMA_TOKENS = 16, MMA_K = 64, MMA_STAGES = 3, MMA_THREADS = 128;
constexpr int MMA_STAGE_BYTES = (MMA_ROWS + MMA_TOKENS) * MMA_K * 2, MMA_SHARED_BYTES = MMA_STAGES * MMA_STAGE_BYTES;

/// y [tokens, rows], x [tokens, cols], w [rows, cols]; cols is a multiple of 64; the grid is ceil(rows / 64).
template <class T, Plant PLANT>
__device__ __forceinline__ void mma_tile_body(float* y, const T* x, const T* w, int tokens, int rows, int cols) {
  SHARED_DYNAMIC(char, ring);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const int first = static_cast<int>(blockIdx.x) * MMA_ROWS, steps = cols / MMA_K;

  auto fill = [&](int step) {
    char* stage = ring + step % MMA_STAGES * MMA_STAGE_BYTES;
    for (int i = thread; i < (MMA_ROWS + MMA_TOKENS) * 8; i += MMA_THREADS) {
      const int row = i / 8, chunk = i % 8;
      const bool weight = row < MMA_ROWS;
      const int source = weight ? first + row : row - MMA_ROWS, limit = weight ? rows : tokens;
      const T* from = (weight ? w : x) + static_cast<size_t>(min(source, limit - 1)) * static_cast<size_t>(cols) +
                      static_cast<size_t>(step * MMA_K + chunk * 8);
      device::copy_async16(stage + device::swizzled(row, chunk), from, source < limit);
    }
  };
  for (int step = 0; step < MMA_STAGES - 1; ++step) {
    if (step < steps) fill(step);
    device::copy_async_commit();
  }
  float sums[MMA_TOKENS / 8][4] = {};
  for (int step = 0; step < steps; ++step) {
    device::copy_async_wait<PLANT == Plant::WEAK_WAIT ? MMA_STAGES - 1 : MMA_STAGES - 2>();
    __syncthreads();
    if (step + MMA_STAGES - 1 < steps) fill(step + MMA_STAGES - 1);
    device::copy_async_commit();
    const char* stage = ring + step % MMA_STAGES * MMA_STAGE_BYTES;
    for (int k = 0; k < MMA_K / 16; ++k) {
      uint32_t a[4], b[4];  // b: k and k + 8 of tokens 0..7, then of 8..15
      device::load_matrix_x4(a, stage + device::swizzled(warp * 16 + lane % 16, k * 2 + lane / 16));
      device::load_matrix_x4(b, stage + device::swizzled(MMA_ROWS + lane / 16 * 8 + lane % 8, k * 2 + lane / 8 % 2));
      for (int t = 0; t < MMA_TOKENS / 8; ++t) {
        const uint32_t pair[2] = {b[2 * t], b[2 * t + 1]};
        device::multiply_16x8x16<T>(sums[t], a, pair);
      }
    }
  }
  device::copy_async_wait<0>();
  for (int t = 0; t < MMA_TOKENS / 8; ++t)
    for (int i = 0; i < 4; ++i) {
      const int row = first + warp * 16 + lane / 4 + i / 2 * 8, token = t * 8 + lane % 4 * 2 + i % 2;
      if (row < rows && token < tokens) y[token * rows + row] = sums[t][i];
    }
}

extern "C" __global__ void __launch_bounds__(MMA_THREADS)
    mma_tile_bf16(float* y, const device::bf16* x, const device::bf16* w, int tokens, int rows, int cols) {
  mma_tile_body<device::bf16, Plant::NONE>(y, x, w, tokens, rows, cols);
}
extern "C" __global__ void __launch_bounds__(MMA_THREADS)
    mma_tile_fp16(float* y, const device::fp16* x, const device::fp16* w, int tokens, int rows, int cols) {
  mma_tile_body<device::fp16, Plant::NONE>(y, x, w, tokens, rows, cols);
}
