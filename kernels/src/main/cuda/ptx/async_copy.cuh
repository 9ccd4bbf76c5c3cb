// Copies from global to shared memory that a thread waits for later (sm_80 and later).
#pragma once
#include <cstdint>

namespace device {

/// 16 bytes, or 16 zeros when not `valid`; both addresses are multiples of 16.
__device__ __forceinline__ void copy_async16(void* to, const void* from, bool valid = true) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(static_cast<uint32_t>(__cvta_generic_to_shared(to))),
               "l"(from), "r"(valid ? 16 : 0)
               : "memory");
}

__device__ __forceinline__ void copy_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/// Until at most the last NEWER groups of this thread are under way.
template <int NEWER>
__device__ __forceinline__ void copy_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(NEWER) : "memory");
}

}  // namespace device
