// What a TMA descriptor says, in a form of the emulator's own; the fake driver writes it and the emulated TMA reads it.
#pragma once
#include <cstdint>
#include <string>

namespace simt {

struct alignas(64) TensorMap {
  uint64_t base;
  uint64_t sizes[5];         // elements, innermost first
  uint64_t strides[4];       // bytes, of dimensions 1 and up
  uint32_t box[5];           // elements
  uint8_t rank, element_bytes, swizzled, valid;
};
static_assert(sizeof(TensorMap) == 128);

/// Empty, or what the driver would refuse. `swizzled`: 128-byte swizzle, else none.
inline std::string encode(TensorMap& map, const void* base, unsigned rank, unsigned element_bytes, const uint64_t* sizes,
                          const uint64_t* strides, const uint32_t* box, bool swizzled) {
  map = {};
  if (rank < 1 || rank > 5) return "a tensor has 1 to 5 dimensions";
  if (reinterpret_cast<uintptr_t>(base) % 16 != 0) return "the tensor's address is not a multiple of 16";
  if (box[0] * element_bytes % 16 != 0) return "the box's inner bytes are not a multiple of 16";
  if (swizzled && box[0] * element_bytes > 128) return "the box's inner bytes exceed the swizzle's 128";
  for (unsigned i = 0; i < rank; ++i) {
    if (box[i] == 0 || box[i] > 256) return "a box has 1 to 256 elements in each dimension";
    if (sizes[i] == 0 || sizes[i] > uint64_t{1} << 32) return "a dimension has 1 to 2^32 elements";
    if (i > 0 && strides[i - 1] % 16 != 0) return "a stride is not a multiple of 16";
    map.sizes[i] = sizes[i];
    map.box[i] = box[i];
    if (i > 0) map.strides[i - 1] = strides[i - 1];
  }
  map.base = reinterpret_cast<uint64_t>(base);
  map.rank = static_cast<uint8_t>(rank);
  map.element_bytes = static_cast<uint8_t>(element_bytes);
  map.swizzled = swizzled;
  map.valid = 0xa5;
  return "";
}

}  // namespace simt
