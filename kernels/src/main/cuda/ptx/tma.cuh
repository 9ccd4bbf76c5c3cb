// Barriers in shared memory that count arrivals and bytes, and TMA loads that they wait for (sm_90 and later).
#pragma once
#include <cuda.h>

#include <cstdint>

namespace device {

using TensorMap = CUtensorMap;

struct alignas(8) Mbarrier {
  uint64_t word;
};

#if __CUDA_ARCH__ >= 900

__device__ __forceinline__ uint32_t mbarrier_address(const Mbarrier* barrier) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(barrier));
}

__device__ __forceinline__ void mbarrier_init(Mbarrier* barrier, unsigned arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(mbarrier_address(barrier)), "r"(arrivals) : "memory");
}

/// After the last mbarrier_init and before the barrier of the block: the unit that loads sees them too.
__device__ __forceinline__ void mbarrier_fence_init() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

__device__ __forceinline__ void mbarrier_arrive(Mbarrier* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(mbarrier_address(barrier)) : "memory");
}

/// Arrives, and has the phase wait for this many bytes more.
__device__ __forceinline__ void mbarrier_arrive_expect(Mbarrier* barrier, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(mbarrier_address(barrier)), "r"(bytes)
               : "memory");
}

/// Until the phase of this parity has ended.
__device__ __forceinline__ void mbarrier_wait(Mbarrier* barrier, unsigned parity) {
  uint32_t ended = 0;
  while (ended == 0) {
    asm volatile(
        "{\n"
        ".reg .pred p;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
        "selp.u32 %0, 1, 0, p;\n"
        "}"
        : "=r"(ended)
        : "r"(mbarrier_address(barrier)), "r"(parity)
        : "memory");
  }
}

/// The box at column x, row y of a matrix into shared memory; `barrier` counts its bytes.
__device__ __forceinline__ void tma_load_2d(void* to, const TensorMap* map, Mbarrier* barrier, int x, int y) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::"r"(
          static_cast<uint32_t>(__cvta_generic_to_shared(to))),
      "l"(map), "r"(mbarrier_address(barrier)), "r"(x), "r"(y)
      : "memory");
}

#endif

}  // namespace device
