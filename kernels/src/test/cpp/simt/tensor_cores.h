// ldmatrix and mma.sync: fragments of a warp's lanes, as the PTX manual lays them out.
#pragma once
#include <cstring>

#include "warp.h"

namespace simt {

template <int MATRICES>
void load_matrices(uint32_t (&registers)[MATRICES], const void* row, bool transposed, const Where& where) {
  if (reinterpret_cast<uintptr_t>(row) % 16 != 0) block().fail("ldmatrix: a row's address is not a multiple of 16");
  const unsigned lane = self().lane;
  const Payload* all = block().meet(0xffffffffu, payload_of(row), where);
  for (unsigned m = 0; m < MATRICES; ++m) {
    if (!transposed) {
      std::memcpy(&registers[m], value_of<const char*>(all[m * 8 + lane / 4]) + lane % 4 * 4, 4);
      continue;
    }
    uint16_t pair[2];  // column lane / 4 of rows 2 * (lane % 4) and the next
    for (unsigned i = 0; i < 2; ++i)
      std::memcpy(&pair[i], value_of<const char*>(all[m * 8 + lane % 4 * 2 + i]) + lane / 4 * 2, 2);
    registers[m] = pair[0] | static_cast<uint32_t>(pair[1]) << 16;
  }
  block().meet(0xffffffffu, Payload{}, where);  // nobody writes a row that another lane still reads
}

}  // namespace simt

namespace device {

/// Four matrices of 8 rows of 16 bytes: lane i names row i % 8 of matrix i / 8.
inline void load_matrix_x4(uint32_t (&registers)[4], const void* row, SIMT_HERE) {
  simt::load_matrices(registers, row, false, {"ldmatrix", at});
}
inline void load_matrix_x2(uint32_t (&registers)[2], const void* row, SIMT_HERE) {
  simt::load_matrices(registers, row, false, {"ldmatrix", at});
}
inline void load_matrix_x4_transposed(uint32_t (&registers)[4], const void* row, SIMT_HERE) {
  simt::load_matrices(registers, row, true, {"ldmatrix.trans", at});
}

/// sums [16, 8] += a [16, 16] b [16, 8], a by rows, b by columns.
template <class T>
void multiply_16x8x16(float (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], SIMT_HERE) {
  struct Fragments {
    uint32_t a[4], b[2];
  } mine{{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
  const unsigned lane = simt::self().lane, first_row = lane / 4, first_column = lane % 4 * 2;
  const simt::Payload* all = simt::block().meet(0xffffffffu, simt::payload_of(mine), {"mma.sync", at});
  float left[2][16], right[2][16];  // two rows of a, two columns of b
  for (unsigned half = 0; half < 2; ++half)
    for (unsigned pair = 0; pair < 8; ++pair) {  // k = 2 * pair: lane pair % 4 of the row, register 2 * (k / 8)
      auto row = simt::value_of<Fragments>(all[first_row * 4 + pair % 4]);
      float2 both = unpack<T>(row.a[half + 2 * (pair / 4)]);
      left[half][2 * pair] = both.x;
      left[half][2 * pair + 1] = both.y;
      auto column = simt::value_of<Fragments>(all[(first_column + half) * 4 + pair % 4]);
      both = unpack<T>(column.b[pair / 4]);
      right[half][2 * pair] = both.x;
      right[half][2 * pair + 1] = both.y;
    }
  for (unsigned i = 0; i < 4; ++i) {
    float sum = 0;
    for (unsigned k = 0; k < 16; ++k) sum += left[i / 2][k] * right[i % 2][k];
    sums[i] += sum;
  }
}

}  // namespace device
