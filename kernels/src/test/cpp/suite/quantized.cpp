// Cases of linear layers with weights in blocks, for the orders and the sanitizers; their bits beside the scalar face are
// tested through the driver.
#include "quantized.cu"

#include "packed.h"

namespace {

constexpr size_t TOKENS = 6, OUT = 21, IN = 76, STRIDE = 24;  // two groups of rows, two units of columns, both ragged

template <class Format, int LOWEST, int HIGHEST>
std::string quantized_case() {
  Array<uint8_t> w(size_t{4} * (64 + 2 * Format::BLOCK_BYTES));
  w.zero();
  const std::vector<double> weights = packed<Format>(w, OUT, IN, LOWEST, HIGHEST);
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
