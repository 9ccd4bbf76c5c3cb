// Tiles in shared memory. Needs device.cuh.
#pragma once
#include <cstdint>

namespace device {

/// Where 16 bytes number `chunk` of row `row` lie in a tile with rows of 128 bytes, in bytes: swizzled, so that 8 rows of
/// one chunk meet no bank twice.
__device__ __forceinline__ int swizzled(int row, int chunk) { return row * 128 + (chunk ^ (row & 7)) * 16; }

/// The matrix descriptor of wgmma for a K-major tile of 16-bit elements with rows of 128 bytes, 128-byte swizzle and a
/// start at a multiple of 1024 bytes, or at 32, 64 or 96 bytes from one to begin at another k.
__device__ __forceinline__ uint64_t tile_descriptor(const void* tile) {
  constexpr uint64_t LEADING = 1, EIGHT_ROWS = 1024 >> 4, SWIZZLE_128 = 1;
  return (shared_address(tile) & 0x3ffff) >> 4 | LEADING << 16 | EIGHT_ROWS << 32 | SWIZZLE_128 << 62;
}

}  // namespace device
