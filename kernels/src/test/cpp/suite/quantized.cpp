// Cases of linear layers with weights in blocks, for the orders and the sanitizers; their bits beside the scalar face are
// tested through the driver.
#include "quantized.cu"

#include "trial.h"

namespace {

constexpr size_t TOKENS = 6, OUT = 21, IN = 76, STRIDE = 24;  // two groups of rows, two units of columns, both ragged

/// The byte of an integer within its block of 16 rows.
size_t place(size_t row, size_t i) { return i / 4 * 64 + row * 4 + i % 4; }

/// Integers from `lowest` to `highest`, packed into `w`, and what they stand for.
template <class Format>
std::vector<double> packed(Array<uint8_t>& w, int lowest, int highest) {
  constexpr size_t UNIT = 64 + 2 * Format::BLOCK_BYTES;
  std::mt19937 random(9);
  std::vector<double> weights(OUT * IN);
  for (size_t r = 0; r < OUT; ++r)
    for (size_t k = 0; k < IN; ++k) {
      uint8_t* unit = w.get() + (r / 16 * 2 + k / 64) * UNIT;
      const size_t block = k / 32 % 2, i = k % 32;
      const device::fp16 scale = device::from_float<device::fp16>(0.01f + 0.001f * static_cast<float>(r + k / 32));
      const int integer = lowest + static_cast<int>(random() % static_cast<unsigned>(highest - lowest + 1));
      std::memcpy(unit + (block * 16 + r % 16) * 2, &scale, 2);
      uint8_t* values = unit + 64 + block * Format::BLOCK_BYTES;
      if (lowest == -8) values[place(r % 16, i % 16)] |= static_cast<uint8_t>((integer + 8) << (i < 16 ? 0 : 4));
      else values[place(r % 16, i)] = static_cast<uint8_t>(integer + 128);
      weights[r * IN + k] = integer * as_double(scale);
    }
  return weights;
}

template <class Format, int LOWEST, int HIGHEST>
std::string quantized_case() {
  Array<uint8_t> w(size_t{4} * (64 + 2 * Format::BLOCK_BYTES));
  w.zero();
  const std::vector<double> weights = packed<Format>(w, LOWEST, HIGHEST);
  Array<float> x(TOKENS * IN), y(TOKENS * STRIDE);
  Normal normal(10);
  normal.fill(x, 1);
  simt::Outcome outcome = simt::launch({{2, 2}, LINEAR_THREADS}, [&] {
    linear_quantized<Format>(y.get(), w.get(), x.get(), TOKENS, OUT, IN, STRIDE, IN, 0);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t t = 0; t < TOKENS; ++t) {
    for (size_t r = 0; r < OUT; ++r) {
      double sum = 0;
      for (size_t k = 0; k < IN; ++k) sum += weights[r * IN + k] * as_double(x[t * IN + k]);
      comparison.add(as_double(y[t * STRIDE + r]), sum);
    }
    for (size_t r = OUT; r < STRIDE; ++r)
      if (!std::isnan(y[t * STRIDE + r])) return "it wrote past a row";
  }
  return comparison.verdict(1e-6);
}

}  // namespace

const std::vector<Named> QUANTIZED = {
    {"linear-q8", quantized_case<Q8, -127, 127>},
    {"linear-q4", quantized_case<Q4, -8, 7>},
};
