// Flags and counters between blocks. Order is expressed here, by acquire and release, never by fences.
#pragma once

namespace device {

__device__ __forceinline__ unsigned load_acquire(const unsigned* place) {
  unsigned value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(place) : "memory");
  return value;
}

__device__ __forceinline__ void store_release(unsigned* place, unsigned value) {
  asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(place), "r"(value) : "memory");
}

__device__ __forceinline__ void add_release(unsigned* place, unsigned value) {
  asm volatile("red.release.gpu.global.add.u32 [%0], %1;" ::"l"(place), "r"(value) : "memory");
}

/// Adds one, or sets to zero what was `last`; the value before.
__device__ __forceinline__ unsigned increment_acq_rel(unsigned* place, unsigned last) {
  unsigned before;
  asm volatile("atom.acq_rel.gpu.global.inc.u32 %0, [%1], %2;" : "=r"(before) : "l"(place), "r"(last) : "memory");
  return before;
}

}  // namespace device
