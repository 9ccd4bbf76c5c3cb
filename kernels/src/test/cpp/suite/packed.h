// Weights in blocks, made up, as the CPU packs them.
#pragma once
#include "trial.h"

#include "quantized.cuh"

/// The byte of an integer within its block of 16 rows.
inline size_t place(size_t row, size_t i) { return i / 4 * 64 + row * 4 + i % 4; }

/// Integers from `lowest` to `highest` as rows x cols weights, packed into `w`, and what they stand for.
template <class Format>
std::vector<double> packed(Array<uint8_t>& w, size_t rows, size_t cols, int lowest, int highest) {
  constexpr size_t UNIT = 64 + 2 * Format::BLOCK_BYTES;
  std::mt19937 random(9);
  std::vector<double> weights(rows * cols);
  for (size_t r = 0; r < rows; ++r)
    for (size_t k = 0; k < cols; ++k) {
      uint8_t* unit = w.get() + (r / 16 * ((cols + 63) / 64) + k / 64) * UNIT;
      const size_t block = k / 32 % 2, i = k % 32;
      const device::fp16 scale = device::from_float<device::fp16>(0.01f + 0.001f * static_cast<float>(r + k / 32));
      const int integer = lowest + static_cast<int>(random() % static_cast<unsigned>(highest - lowest + 1));
      std::memcpy(unit + (block * 16 + r % 16) * 2, &scale, 2);
      uint8_t* values = unit + 64 + block * Format::BLOCK_BYTES;
      if (lowest == -8) values[place(r % 16, i % 16)] |= static_cast<uint8_t>((integer + 8) << (i < 16 ? 0 : 4));
      else values[place(r % 16, i)] = static_cast<uint8_t>(integer + 128);
      weights[r * cols + k] = integer * as_double(scale);
    }
  return weights;
}
