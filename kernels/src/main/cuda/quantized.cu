// Linear layers with weights in blocks of 32, laid out as the CPU packs them (class QuantizedMatrix): units of 16 rows and
// 64 columns, row by row of units. A unit has the fp16 scales of its two blocks for 16 rows, then for each block vectors of
// 64 bytes: 4 consecutive columns of 16 rows, unsigned. Activations stay F32, so the sums are those of the exact numerics.
#include "device.cuh"
#include "exact.cuh"
#include "linear.cuh"

static_assert(LINEAR_ROWS == 16, "a block of threads works on the rows of one unit");

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

/// As linear_of, with the same grid; w holds ceil(rows / 16) * ceil(cols / 64) units, those beyond the matrix zeros.
template <class Format>
__device__ __forceinline__ void linear_quantized(float* y, const uint8_t* w, const float* x, int tokens, int rows,
                                                 int cols, int y_stride, int x_stride, int accumulate) {
  constexpr int SCALE_BYTES = 64, UNIT_BYTES = SCALE_BYTES + 2 * Format::BLOCK_BYTES;
  const auto units = static_cast<size_t>((cols + 63) / 64);
  const uint8_t* group = w + static_cast<size_t>(blockIdx.x) * units * UNIT_BYTES;
  const int row = linear_row() % LINEAR_ROWS;
  const auto weight = [&](int k) {
    const uint8_t* unit = group + static_cast<size_t>(k / 64) * UNIT_BYTES;
    const int block = k / 32 % 2;
    const float scale = device::to_float(reinterpret_cast<const device::fp16*>(unit)[block * 16 + row]);
    const int integer = Format::integer(unit + SCALE_BYTES + block * Format::BLOCK_BYTES, row, k % 32);
    return static_cast<float>(integer) * scale + 0.0f;  // -0 becomes +0
  };
  linear_of(y, weight, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_q8(float* y, const uint8_t* w, const float* x, int tokens, int rows, int cols, int y_stride, int x_stride,
              int accumulate) {
  linear_quantized<Q8>(y, w, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
extern "C" __global__ void __launch_bounds__(LINEAR_THREADS)
    linear_q4(float* y, const uint8_t* w, const float* x, int tokens, int rows, int cols, int y_stride, int x_stride,
              int accumulate) {
  linear_quantized<Q4>(y, w, x, tokens, rows, cols, y_stride, x_stride, accumulate);
}
