// Barriers in shared memory that count arrivals and bytes.
#pragma once
#include "warp.h"

namespace simt {

constexpr uint64_t PHASE = uint64_t{1} << 63;

/// What orders the arrivals of the present phase before those who wait for it, and for no other phase.
const void* mark(const uint64_t* word);
inline const void* mark(const uint64_t* word, unsigned parity) { return reinterpret_cast<const char*>(word) + parity; }

void start_phase(uint64_t* word, unsigned arrivals);
/// Counts arrivals and bytes: expected ones are positive, landed ones negative. The phase may end.
void count(uint64_t* word, unsigned arrivals, int64_t bytes);
void land(const BulkLoad& load);  // tma.h

}  // namespace simt

namespace device {

struct alignas(8) Mbarrier {
  uint64_t word;
};

inline void mbarrier_init(Mbarrier* barrier, unsigned arrivals) { simt::start_phase(&barrier->word, arrivals); }
inline void mbarrier_fence_init() {}

inline void mbarrier_arrive(Mbarrier* barrier) {
  simt::happens_before(simt::mark(&barrier->word));
  simt::count(&barrier->word, 1, 0);
  simt::block().stall();
}

/// Arrives, and has the phase wait for this many bytes more.
inline void mbarrier_arrive_expect(Mbarrier* barrier, unsigned bytes) {
  simt::happens_before(simt::mark(&barrier->word));
  simt::count(&barrier->word, 1, bytes);
}

/// Until the phase of this parity has ended.
inline void mbarrier_wait(Mbarrier* barrier, unsigned parity, SIMT_HERE) {
  uint64_t seen = uint64_t{parity} << 63;
  for (simt::BulkLoad load;;) {
    while (simt::block().take_load(&barrier->word, load)) simt::land(load);
    if (!simt::block().same(&barrier->word, simt::PHASE, seen)) break;
    simt::block().wait(&barrier->word, simt::PHASE, seen, {"mbarrier_wait", at});
  }
  simt::happens_after(simt::mark(&barrier->word, parity));
}

}  // namespace device
