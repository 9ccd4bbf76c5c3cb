// Atomic operations on integers. There are none on floats: sums are made in a fixed order.
#pragma once
#include "block.h"
#include "warp.h"

#define SIMT_ATOMIC(NAME, TYPE, COMBINED)                                                           \
  inline TYPE NAME(TYPE* place, TYPE value) {                                                       \
    simt::block().stall();                                                                          \
    TYPE old = __atomic_load_n(place, __ATOMIC_RELAXED);                                            \
    while (!__atomic_compare_exchange_n(place, &old, static_cast<TYPE>(COMBINED), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) { \
    }                                                                                               \
    return old;                                                                                     \
  }
#define SIMT_ATOMICS(TYPE)                              \
  SIMT_ATOMIC(atomicAdd, TYPE, old + value)             \
  SIMT_ATOMIC(atomicMax, TYPE, old > value ? old : value) \
  SIMT_ATOMIC(atomicMin, TYPE, old < value ? old : value) \
  SIMT_ATOMIC(atomicOr, TYPE, old | value)              \
  SIMT_ATOMIC(atomicAnd, TYPE, old & value)             \
  SIMT_ATOMIC(atomicExch, TYPE, value)
SIMT_ATOMICS(int)
SIMT_ATOMICS(unsigned)
SIMT_ATOMICS(unsigned long long)
SIMT_ATOMIC(atomicInc, unsigned, old >= value ? 0 : old + 1)
#undef SIMT_ATOMICS
#undef SIMT_ATOMIC

template <class T>
T atomicCAS(T* place, T expected, T wanted) {
  simt::block().stall();
  __atomic_compare_exchange_n(place, &expected, wanted, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}

/// The place where a thread that waits for another block lets others run.
inline void __nanosleep(unsigned, SIMT_HERE) { simt::block().spin({"__nanosleep", at}); }

namespace device {

inline unsigned load_acquire(const unsigned* place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }

inline void store_release(unsigned* place, unsigned value) {
  simt::block().stall();
  __atomic_store_n(place, value, __ATOMIC_RELEASE);
}

inline void add_release(unsigned* place, unsigned value) {
  simt::block().stall();
  __atomic_fetch_add(place, value, __ATOMIC_RELEASE);
}

inline unsigned increment_acq_rel(unsigned* place, unsigned last) {
  simt::block().stall();
  unsigned old = __atomic_load_n(place, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(place, &old, old >= last ? 0 : old + 1, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
  }
  return old;
}

}  // namespace device
