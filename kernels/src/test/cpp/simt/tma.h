// TMA loads of boxes of 16-bit matrices. A box lands when somebody waits for its mbarrier; until then it holds NaN.
#pragma once
#include <cstring>

#include "mbarrier.h"

namespace simt {

inline void land(const BulkLoad& load) {
  happens_after(load.to);
  const TensorMap& map = load.map;
  auto* tile = static_cast<char*>(load.to);
  for (uint32_t row = 0; row < map.box[1]; ++row)
    for (uint32_t column = 0; column < map.box[0]; ++column) {
      int64_t x = int64_t{load.x} + column, y = int64_t{load.y} + row;
      uint16_t value = 0;  // outside of the tensor
      if (x >= 0 && y >= 0 && x < static_cast<int64_t>(map.sizes[0]) && y < static_cast<int64_t>(map.sizes[1]))
        value = *reinterpret_cast<const uint16_t*>(map.base + static_cast<uint64_t>(y) * map.strides[0] +
                                                   static_cast<uint64_t>(x) * 2);
      size_t place = (size_t{row} * map.box[0] + column) * 2;
      if (map.swizzled) place ^= (place >> 7 & 7) << 4;
      std::memcpy(tile + place, &value, 2);
    }
  happens_before(mark(load.barrier));
  count(load.barrier, 0, -static_cast<int64_t>(map.box[0] * map.box[1] * 2));
}

}  // namespace simt

namespace device {

using TensorMap = simt::TensorMap;

/// The box at column x, row y of a matrix into shared memory; `barrier` counts its bytes.
inline void tma_load_2d(void* to, const TensorMap* map, Mbarrier* barrier, int x, int y) {
  simt::Block& block = simt::block();
  if (simt::options().architecture.capability < 90) block.fail("TMA needs sm_90");
  if (map->valid != 0xa5 || map->rank != 2 || map->element_bytes != 2)
    block.fail("TMA: the descriptor is not one of a matrix of 16-bit elements");
  size_t bytes = size_t{map->box[0]} * map->box[1] * 2;
  if (!block.is_shared(to, bytes)) block.fail("TMA: its destination is not shared memory");
  uint32_t address = static_cast<uint32_t>(static_cast<char*>(to) - block.dynamic_shared());
  if (address % (map->swizzled ? 1024 : 128) != 0)
    block.fail("TMA: a tile starts at a multiple of 128 bytes, a swizzled one of 1024. Given: %u", address);
  std::memset(to, 0xff, bytes);
  simt::happens_before(to);
  block.load_later({to, *map, &barrier->word, x, y});
}

}  // namespace device
