// What the lanes of a warp do together: shuffles, votes, reductions.
#pragma once
#include <cstring>

#include "block.h"

namespace simt {

template <class T>
Payload payload_of(const T& value) {
  static_assert(sizeof(T) <= sizeof(Payload));
  Payload mine{};
  std::memcpy(mine.words, &value, sizeof(T));
  return mine;
}

template <class T>
T value_of(const Payload& payload) {
  T value;
  std::memcpy(&value, payload.words, sizeof(T));
  return value;
}

/// The value of lane `from`; an undefined one (all bits set) if that lane takes no part.
template <class T>
T shuffle(uint32_t mask, T value, unsigned from, bool keep, const Where& where) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  const Payload* all = block().meet(mask, payload_of(value), where);
  if (keep) return value;
  if ((mask >> from & 1) == 0) {
    std::memset(&value, 0xff, sizeof value);
    return value;
  }
  return value_of<T>(all[from]);
}

template <class T, class Join>
T reduce(uint32_t mask, T value, Join join, const Where& where) {
  const Payload* all = block().meet(mask, payload_of(value), where);
  T result{};
  bool first = true;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((mask >> lane & 1) == 0) continue;
    T other = value_of<T>(all[lane]);
    result = first ? other : join(result, other);
    first = false;
  }
  return result;
}

}  // namespace simt

#define SIMT_HERE std::source_location at = std::source_location::current()

inline void __syncwarp(unsigned mask = 0xffffffffu, SIMT_HERE) {
  simt::block().meet(mask, simt::Payload{}, {"__syncwarp", at});
}

template <class T>
T __shfl_sync(unsigned mask, T value, int from, int width = 32, SIMT_HERE) {
  unsigned lane = simt::self().lane, w = static_cast<unsigned>(width);
  return simt::shuffle(mask, value, (lane & ~(w - 1)) + (static_cast<unsigned>(from) & (w - 1)), false,
                       {"__shfl_sync", at});
}

template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32, SIMT_HERE) {
  unsigned lane = simt::self().lane, w = static_cast<unsigned>(width), from = lane ^ static_cast<unsigned>(bits);
  bool keep = (from & ~(w - 1)) > (lane & ~(w - 1)) || from > 31;
  return simt::shuffle(mask, value, from & 31, keep, {"__shfl_xor_sync", at});
}

template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32, SIMT_HERE) {
  unsigned lane = simt::self().lane, w = static_cast<unsigned>(width);
  return simt::shuffle(mask, value, (lane + by) & 31, (lane & (w - 1)) + by >= w, {"__shfl_down_sync", at});
}

template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32, SIMT_HERE) {
  unsigned lane = simt::self().lane, w = static_cast<unsigned>(width);
  return simt::shuffle(mask, value, (lane - by) & 31, (lane & (w - 1)) < by, {"__shfl_up_sync", at});
}

inline unsigned __ballot_sync(unsigned mask, int vote, SIMT_HERE) {
  const simt::Payload* all = simt::block().meet(mask, simt::payload_of(vote != 0), {"__ballot_sync", at});
  unsigned votes = 0;
  for (unsigned lane = 0; lane < 32; ++lane)
    if ((mask >> lane & 1) != 0 && simt::value_of<bool>(all[lane])) votes |= 1u << lane;
  return votes;
}
inline int __any_sync(unsigned mask, int vote, SIMT_HERE) { return __ballot_sync(mask, vote, at) != 0; }
inline int __all_sync(unsigned mask, int vote, SIMT_HERE) { return __ballot_sync(mask, vote, at) == mask; }
inline unsigned __activemask() { return simt::block().lanes(); }

template <class T>
T __reduce_add_sync(unsigned mask, T value, SIMT_HERE) {
  static_assert(sizeof(T) == 4 && static_cast<T>(0.5) == 0, "the chip adds 32-bit integers only");
  return simt::reduce(mask, value, [](T a, T b) { return static_cast<T>(a + b); }, {"__reduce_add_sync", at});
}
template <class T>
T __reduce_max_sync(unsigned mask, T value, SIMT_HERE) {
  static_assert(sizeof(T) == 4 && static_cast<T>(0.5) == 0, "the chip compares 32-bit integers only");
  return simt::reduce(mask, value, [](T a, T b) { return a > b ? a : b; }, {"__reduce_max_sync", at});
}
template <class T>
T __reduce_min_sync(unsigned mask, T value, SIMT_HERE) {
  static_assert(sizeof(T) == 4 && static_cast<T>(0.5) == 0, "the chip compares 32-bit integers only");
  return simt::reduce(mask, value, [](T a, T b) { return a < b ? a : b; }, {"__reduce_min_sync", at});
}
