// Weights in blocks of 32, laid out as the CPU packs them (class QuantizedMatrix): units of 16 rows and 64 columns, row by
// row of units. A unit has the fp16 scales of its two blocks for 16 rows, then for each block vectors of 64 bytes: 4
// consecutive columns of 16 rows, unsigned. Needs device.cuh.
#pragma once

constexpr int QUANTIZED_ROWS = 16;  // of a unit

/// Integers -127..127, stored plus 128.
struct Q8 {
  static constexpr int BLOCK_BYTES = 512;

  /// The integer at column i < 32 of a block whose vectors begin at `block`.
  static __device__ __forceinline__ int integer(const uint8_t* block, int row, int i) {
    return block[i / 4 * 64 + row * 4 + i % 4] - 128;
  }
};

/// Integers -8..7, stored plus 8: column i in the low half of a byte, column i + 16 in its high half.
struct Q4 {
  static constexpr int BLOCK_BYTES = 256;

  static __device__ __forceinline__ int integer(const uint8_t* block, int row, int i) {
    const int both = block[i % 16 / 4 * 64 + row * 4 + i % 4];
    return (i < 16 ? both & 15 : both >> 4) - 8;
  }
};

/// The elements of row `row` of a group of 16 rows, whose units begin at `group`.
template <class Format>
struct QuantizedRow {
  static constexpr int SCALE_BYTES = 64, UNIT_BYTES = SCALE_BYTES + 2 * Format::BLOCK_BYTES;

  /// Row `row` of a matrix of ceil(rows / 16) * ceil(cols / 64) units, those beyond the matrix zeros.
  __device__ __forceinline__ QuantizedRow(const uint8_t* units, int row, int cols)
      : group(units + static_cast<size_t>(row / QUANTIZED_ROWS) * static_cast<size_t>((cols + 63) / 64) * UNIT_BYTES),
        row(row % QUANTIZED_ROWS) {}

  __device__ __forceinline__ float operator()(int k) const {
    const uint8_t* unit = group + static_cast<size_t>(k / 64) * UNIT_BYTES;
    const int block = k / 32 % 2;
    const float scale = device::to_float(reinterpret_cast<const device::fp16*>(unit)[block * QUANTIZED_ROWS + row]);
    const int integer = Format::integer(unit + SCALE_BYTES + block * Format::BLOCK_BYTES, row, k % 32);
    return static_cast<float>(integer) * scale + 0.0f;  // -0 becomes +0
  }

  const uint8_t* group;
  int row;
};
