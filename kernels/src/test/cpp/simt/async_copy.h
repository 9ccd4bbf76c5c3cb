// cp.async. A copy lands when its thread waits for its group, as late as the chip may; until then its place holds NaN.
#pragma once
#include <cstring>

#include "block.h"

namespace device {

/// 16 bytes from global to shared memory, or 16 zeros when not `valid`.
inline void copy_async16(void* to, const void* from, bool valid = true) {
  if (reinterpret_cast<uintptr_t>(to) % 16 != 0 || reinterpret_cast<uintptr_t>(from) % 16 != 0)
    simt::block().fail("cp.async: an address is not a multiple of 16");
  if (!simt::block().is_shared(to, 16)) simt::block().fail("cp.async: its destination is not shared memory");
  std::memset(to, 0xff, 16);
  simt::self().copies.push_back({to, from, valid ? 16u : 0u});
}

inline void copy_async_commit() {
  simt::Thread& me = simt::self();
  me.copy_groups.push_back(me.copies);
  me.copies.clear();
}

/// Until at most the last NEWER groups of this thread are under way.
template <int NEWER>
void copy_async_wait() {
  simt::Thread& me = simt::self();
  while (me.copy_groups.size() > static_cast<size_t>(NEWER)) {
    for (const simt::AsyncCopy& copy : me.copy_groups.front()) {
      if (copy.bytes != 0) std::memcpy(copy.to, copy.from, 16);
      else std::memset(copy.to, 0, 16);
    }
    me.copy_groups.erase(me.copy_groups.begin());
  }
}

}  // namespace device
