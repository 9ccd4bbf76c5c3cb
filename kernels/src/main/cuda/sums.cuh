// Sums in a fixed order. Needs device.cuh.
#pragma once

namespace device {

/// The sum over the 32 lanes, in every lane: a tree of distances 16, 8, 4, 2, 1.
__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
  return value;
}

/// The sum over all THREADS threads of a block, in every thread: warps in ascending order.
template <int THREADS>
__device__ __forceinline__ float block_sum(float value) {
  SHARED_ARRAY(float, warps, THREADS / 32);
  value = warp_sum(value);
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = value;
  __syncthreads();
  float sum = 0;
#pragma unroll
  for (int i = 0; i < THREADS / 32; ++i) sum += warps[i];
  __syncthreads();  // the next sum writes the same places
  return sum;
}

}  // namespace device
