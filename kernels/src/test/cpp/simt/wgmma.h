// wgmma: products of tiles in shared memory, read when the warp waits for them, as late as the chip may.
#pragma once
#include "warp.h"

namespace simt {

/// The place of element (row, k) of a K-major tile with 128-byte rows and 128-byte swizzle.
inline const uint16_t* tile_element(uint64_t descriptor, unsigned row, unsigned k) {
  size_t place = ((descriptor & 0x3fff) << 4) + row / 8 * ((descriptor >> 32 & 0x3fff) << 4) + row % 8 * 128 + k * 2;
  place ^= (place >> 7 & 7) << 4;
  return reinterpret_cast<const uint16_t*>(block().dynamic_shared() + place);
}

inline void check_descriptor(uint64_t descriptor) {
  if (descriptor >> 62 != 1) block().fail("wgmma: only tiles with 128-byte swizzle are emulated");
  if ((descriptor >> 32 & 0x3fff) << 4 != 1024) block().fail("wgmma: 8 rows of 128 bytes are 1024 bytes apart");
  if ((descriptor >> 49 & 7) != 0) block().fail("wgmma: tiles start at multiples of 1024 bytes");
}

// This thread's part of sums [64, N] += a [64, 16] b [N, 16].
template <class T, int N>
void multiply_tile(const Multiplication& product) {
  const Thread& me = self();
  const unsigned row = me.warp % 4 * 16 + me.lane / 4, column = me.lane % 4 * 2;
  float left[2][16];
  for (unsigned half = 0; half < 2; ++half)
    for (unsigned k = 0; k < 16; ++k)
      left[half][k] = device::to_float(T{*tile_element(product.a, row + 8 * half, k)});
  for (unsigned n = 0; n < N; n += 8)
    for (unsigned i = 0; i < 2; ++i) {
      float right[16], sums[2] = {0, 0};
      for (unsigned k = 0; k < 16; ++k) right[k] = device::to_float(T{*tile_element(product.b, n + column + i, k)});
      for (unsigned half = 0; half < 2; ++half) {
        for (unsigned k = 0; k < 16; ++k) sums[half] += left[half][k] * right[k];
        product.sums[n / 2 + 2 * half + i] += sums[half];
      }
    }
}

}  // namespace simt

namespace device {

/// Before the first product, and before one that uses sums which this thread has touched.
inline void wgmma_fence() { simt::self().products_fenced = true; }

/// sums [64, N] += a [64, 16] b [N, 16] of a warpgroup; thread t has rows t % 128 / 32 * 16 + t % 32 / 4 and 8 below.
template <class T, int N>
void multiply_64xNx16(float (&sums)[N / 2], uint64_t a, uint64_t b) {
  if (simt::options().architecture.capability != 90) simt::block().fail("wgmma needs sm_90a");
  if (!simt::self().products_fenced) simt::block().fail("wgmma without wgmma_fence before it");
  simt::check_descriptor(a);
  simt::check_descriptor(b);
  simt::self().products.push_back({&simt::multiply_tile<T, N>, sums, a, b});
}

inline void wgmma_commit(SIMT_HERE) {
  simt::block().meet(0xffffffffu, simt::Payload{}, {"wgmma_commit", at});
  simt::Thread& me = simt::self();
  me.product_groups.push_back(me.products);
  me.products.clear();
}

/// Until at most the last NEWER groups of this warp are under way.
template <int NEWER>
void wgmma_wait(SIMT_HERE) {
  simt::Thread& me = simt::self();
  simt::block().pause();  // others go first: a stage that was given back too early is overwritten by now
  while (me.product_groups.size() > static_cast<size_t>(NEWER)) {
    for (const simt::Multiplication& product : me.product_groups.front()) product.run(product);
    me.product_groups.erase(me.product_groups.begin());
  }
  if (NEWER == 0) me.products_fenced = false;
  simt::block().meet(0xffffffffu, simt::Payload{}, {"wgmma_wait", at});
}

// Registers move from warpgroups that load to those that multiply; here there are always enough.
template <int COUNT>
void take_registers() {}
template <int COUNT>
void give_registers() {}

}  // namespace device
