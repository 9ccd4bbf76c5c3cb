// Descriptors for TMA, in the form that the emulated TMA reads.
#include "simt/tensor_map.h"

#include "work.h"

using namespace fake;

API cuTensorMapEncodeTiled(simt::TensorMap* map, int type, unsigned rank, void* base, const uint64_t* sizes,
                           const uint64_t* strides, const uint32_t* box, const uint32_t* element_strides, int interleave,
                           int swizzle, int, int fill) {
  READY;
  constexpr int FLOAT16 = 6, BFLOAT16 = 9, NONE = 0, SWIZZLE_128 = 3;
  if (type != FLOAT16 && type != BFLOAT16)
    return refuse(NOT_SUPPORTED, "%s: only 16-bit floats are emulated. Given: type %d", call.name(), type);
  if (interleave != NONE || fill != NONE || (swizzle != NONE && swizzle != SWIZZLE_128))
    return refuse(NOT_SUPPORTED, "%s: no interleave, zeros outside, and a swizzle of 128 bytes or none are emulated",
                  call.name());
  for (unsigned i = 0; i < rank; ++i)
    if (element_strides[i] != 1) return refuse(NOT_SUPPORTED, "%s: strides of elements are not emulated", call.name());
  if (reinterpret_cast<uintptr_t>(map) % 64 != 0)
    return refuse(INVALID_VALUE, "%s: the map's address is not a multiple of 64", call.name());
  std::string wrong = simt::encode(*map, base, rank, 2, sizes, strides, box, swizzle == SWIZZLE_128);
  if (!wrong.empty()) return refuse(INVALID_VALUE, "%s: %s", call.name(), wrong.c_str());
  uint64_t bytes = rank == 1 ? sizes[0] * 2 : sizes[rank - 1] * strides[rank - 2];
  Memory* memory = memory_of(context, base, bytes);
  if (memory == nullptr || !memory->device)
    return refuse(INVALID_VALUE, "%s: the tensor is not inside one device allocation", call.name());
  return SUCCESS;
}
