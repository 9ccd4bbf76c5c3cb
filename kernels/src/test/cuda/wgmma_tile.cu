// y[t][n] = dot(x[t], w[n]) on wgmma: one warp loads tiles by TMA into a ring of stages, one warpgroup multiplies them;
// two mbarriers for each stage say that it is full and that it is empty. For sm_90a.
#include "device.cuh"
#include "plants.cuh"

constexpr int WGMMA_TOKENS = 64, WGMMA_ROWS = 64, WGMMA_K = 64, WGMMA_STAGES = 3, WGMMA_THREADS = 160;
constexpr int WGMMA_TILE_BYTES = 64 * WGMMA_K * 2, WGMMA_STAGE_BYTES = 2 * WGMMA_TILE_BYTES;
constexpr int WGMMA_SHARED_BYTES = WGMMA_STAGES * WGMMA_STAGE_BYTES;

/// y [tokens, rows]; x [tokens, cols] and w [rows, cols] in boxes of 64 x 64; the grid is (ceil(rows / 64),
/// ceil(tokens / 64)).
template <class T, Plant PLANT>
__device__ __forceinline__ void wgmma_tile_body(float* y, const device::TensorMap* x, const device::TensorMap* w, int tokens,
                                                int rows, int cols) {
  SHARED_DYNAMIC(char, ring);
  SHARED_ARRAY(device::Mbarrier, full, WGMMA_STAGES);
  SHARED_ARRAY(device::Mbarrier, empty, WGMMA_STAGES);
  const int thread = static_cast<int>(threadIdx.x), lane = thread % 32, warp = thread / 32;
  const int row0 = static_cast<int>(blockIdx.x) * WGMMA_ROWS, token0 = static_cast<int>(blockIdx.y) * WGMMA_TOKENS;
  const int steps = (cols + WGMMA_K - 1) / WGMMA_K;
  if (thread == 0) {
    for (int i = 0; i < WGMMA_STAGES; ++i) {
      device::mbarrier_init(&full[i], 1);
      device::mbarrier_init(&empty[i], 4);  // each warp for itself: waiting for products covers one's own warp only
    }
    device::mbarrier_fence_init();
  }
  __syncthreads();

  if (warp == 4) {
    if (lane != 0) return;
    for (int step = 0; step < steps; ++step) {
      const int i = step % WGMMA_STAGES;
      char* stage = ring + i * WGMMA_STAGE_BYTES;
      device::mbarrier_wait(&empty[i], step / WGMMA_STAGES % 2 == 0);  // a new barrier counts as free
      device::mbarrier_arrive_expect(&full[i], WGMMA_STAGE_BYTES);
      device::tma_load_2d(stage, x, &full[i], step * WGMMA_K, token0);
      device::tma_load_2d(stage + WGMMA_TILE_BYTES, w, &full[i], step * WGMMA_K, row0);
    }
    return;
  }
  float sums[WGMMA_ROWS / 2] = {};
  for (int step = 0; step < steps; ++step) {
    const int i = step % WGMMA_STAGES;
    const char* stage = ring + i * WGMMA_STAGE_BYTES;
    device::mbarrier_wait(&full[i], step / WGMMA_STAGES % 2);
    device::wgmma_fence();
#pragma unroll
    for (int k = 0; k < WGMMA_K / 16; ++k)
      device::multiply_64xNx16<T, WGMMA_ROWS>(sums, device::tile_descriptor(stage + k * 32),
                                              device::tile_descriptor(stage + WGMMA_TILE_BYTES + k * 32));
    device::wgmma_commit();
    if (PLANT == Plant::EARLY_RELEASE && lane == 0) device::mbarrier_arrive(&empty[i]);
    device::wgmma_wait<0>();
    if (PLANT != Plant::EARLY_RELEASE && lane == 0) device::mbarrier_arrive(&empty[i]);
  }
  for (int n = 0; n < WGMMA_ROWS / 2; ++n) {
    const int token = token0 + warp * 16 + lane / 4 + n % 4 / 2 * 8, row = row0 + n / 4 * 8 + lane % 4 * 2 + n % 2;
    if (token < tokens && row < rows) y[token * rows + row] = sums[n];
  }
}

#if !defined(__CUDA_ARCH__) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
extern "C" __global__ void __launch_bounds__(WGMMA_THREADS)
    wgmma_tile_bf16(float* y, const __grid_constant__ device::TensorMap x, const __grid_constant__ device::TensorMap w,
                    int tokens, int rows, int cols) {
  wgmma_tile_body<device::bf16, Plant::NONE>(y, &x, &w, tokens, rows, cols);
}
extern "C" __global__ void __launch_bounds__(WGMMA_THREADS)
    wgmma_tile_fp16(float* y, const __grid_constant__ device::TensorMap x, const __grid_constant__ device::TensorMap w,
                    int tokens, int rows, int cols) {
  wgmma_tile_body<device::fp16, Plant::NONE>(y, &x, &w, tokens, rows, cols);
}
#endif
