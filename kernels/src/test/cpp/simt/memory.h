// Shared memory as kernels declare it, loads with cache hints, and arithmetic that CUDA adds to C.
#pragma once
#include <algorithm>
#include <cmath>

#include "block.h"

/// Each variable is its own piece, filled with NaN before each block and bounded for AddressSanitizer.
#define SHARED_ARRAY(TYPE, NAME, COUNT)                                               \
  static const char NAME##_key = 0;                                                   \
  TYPE(&NAME)                                                                         \
  [COUNT] = *static_cast<TYPE(*)[COUNT]>(simt::block().shared(&NAME##_key, sizeof(TYPE) * (COUNT), alignof(TYPE)))
#define SHARED_VALUE(TYPE, NAME)      \
  static const char NAME##_key = 0;   \
  TYPE& NAME = *static_cast<TYPE*>(simt::block().shared(&NAME##_key, sizeof(TYPE), alignof(TYPE)))
#define SHARED_DYNAMIC(TYPE, NAME) TYPE* NAME = reinterpret_cast<TYPE*>(simt::block().dynamic_shared())

template <class T>
T __ldg(const T* place) {
  return *place;
}
template <class T>
T __ldcs(const T* place) {
  return *place;
}
template <class T>
T __ldcg(const T* place) {
  return *place;
}

inline unsigned __float_as_uint(float value) { return device::float_bits(value); }
inline float __uint_as_float(unsigned bits) { return device::bits_float(bits); }
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline int __clz(int bits) { return bits == 0 ? 32 : __builtin_clz(static_cast<unsigned>(bits)); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>(static_cast<uint64_t>(a) * b >> 32); }
inline float rsqrtf(float value) { return 1.0f / std::sqrt(value); }
inline float __fdividef(float a, float b) { return a / b; }
inline int __float_as_int(float value) { return static_cast<int>(device::float_bits(value)); }
inline float __int_as_float(int bits) { return device::bits_float(static_cast<unsigned>(bits)); }
inline long long __double_as_longlong(double value) {
  long long bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline double __longlong_as_double(long long bits) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
// Never joined with a sum: nothing is, here.
inline float __fmul_rn(float a, float b) { return a * b; }
inline double __dmul_rn(double a, double b) { return a * b; }
using std::max;
using std::min;

namespace device {

/// Where `place` lies in the window of shared memory: what PTX calls its address.
inline uint32_t shared_address(const void* place) {
  return static_cast<uint32_t>(static_cast<const char*>(place) - simt::block().dynamic_shared());
}

template <class T>
uint32_t pack(float low, float high) {
  return from_float<T>(low).bits | static_cast<uint32_t>(from_float<T>(high).bits) << 16;
}

template <class T>
float2 unpack(uint32_t pair) {
  return {to_float(T{static_cast<uint16_t>(pair)}), to_float(T{static_cast<uint16_t>(pair >> 16)})};
}

// Programmatic dependent launch: kernels of one stream do not overlap here, so there is nothing to wait for.
inline void wait_for_previous_kernel() {}
inline void launch_next_kernel() {}

}  // namespace device
