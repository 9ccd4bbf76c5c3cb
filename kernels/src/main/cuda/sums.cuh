// Sums in a fixed order. Needs device.cuh.
#pragma once

namespace device {

/// The sum over the 32 lanes, in every lane: a tree of distances 16, 8, 4, 2, 1.
__device__ __forceinline__ float warp_sum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
  return value;
}

}  // namespace device
