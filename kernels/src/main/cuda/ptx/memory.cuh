// Shared memory, its addresses, overlap of dependent kernels, and the table of kernels, which only the emulator needs.
#pragma once
#include <cstdint>

#define SHARED_ARRAY(TYPE, NAME, COUNT) __shared__ TYPE NAME[COUNT]
#define SHARED_VALUE(TYPE, NAME) __shared__ TYPE NAME
#define SHARED_DYNAMIC(TYPE, NAME)                              \
  extern __shared__ __align__(1024) unsigned char dynamic_shared[]; \
  TYPE* NAME = reinterpret_cast<TYPE*>(dynamic_shared)

#define KERNELS_BEGIN
#define KERNEL(FUNCTION, THREADS_MAX)
#define KERNELS_END

namespace device {

__device__ __forceinline__ uint32_t shared_address(const void* place) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(place));
}

/// Before the first read of what an earlier kernel wrote and before the first write to global memory, in a kernel that
/// may be launched to overlap with the one before it (programmatic dependent launch, sm_90 and later).
__device__ __forceinline__ void wait_for_previous_kernel() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// The next kernel's blocks may start now.
__device__ __forceinline__ void launch_next_kernel() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
#endif
}

}  // namespace device
