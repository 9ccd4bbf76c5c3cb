// Cases of the kernels of experts, for the orders and the sanitizers; their values beside the CPU's are tested through the
// driver.
#include "experts.cu"

#include <algorithm>

#include "packed.h"

namespace {

constexpr int ROWS = 3, EXPERTS = 5, PER_ROW = 2, CHOICES = ROWS * PER_ROW, IN = 76, OUT = 37;

/// Each row's largest scores are chosen, by ascending expert; NaN makes all weights of its row NaN.
std::string route_case() {
  Array<float> scores(size_t{ROWS} * EXPERTS), weights(CHOICES);
  Array<int> chosen(CHOICES);
  const float given[] = {1, 3, -2, 3, 0.5f, 0, 0, 0, 0, 0, 1, NAN, 2, 0, 0};
  std::memcpy(scores.get(), given, sizeof given);
  simt::Outcome outcome = simt::launch({1, ROUTE_THREADS}, [&] {
    route(chosen.get(), weights.get(), scores.get(), ROWS, EXPERTS, PER_ROW, 0);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  if (chosen[0] != 1 || chosen[1] != 3) return "the largest are experts 1 and 3";
  if (chosen[2] != 0 || chosen[3] != 1) return "of equal ones the first are chosen";
  if (!std::isnan(weights[4]) || !std::isnan(weights[5])) return "a row with NaN has weights";
  double all = 0;
  for (int e = 0; e < EXPERTS; ++e) all += std::exp(as_double(given[e]) - 3);
  Comparison comparison;
  comparison.add(as_double(weights[0]), 1 / all);
  comparison.add(as_double(weights[1]), 1 / all);
  comparison.add(as_double(weights[2]), 0.2);
  comparison.add(as_double(weights[3]), 0.2);
  return comparison.verdict(1e-6);
}

template <int SHARED>
std::string expert_linear_case() {
  Array<device::bf16> matrices(size_t{EXPERTS} * OUT * IN);
  Array<const device::bf16*> table(EXPERTS);
  Array<float> x(size_t{CHOICES} * IN), y(size_t{CHOICES} * OUT);
  Array<int> chosen(CHOICES);
  Normal normal(12);
  normal.fill(matrices, 1);
  normal.fill(x, 1);
  for (size_t e = 0; e < EXPERTS; ++e) table[e] = matrices.get() + e * OUT * IN;
  for (size_t c = 0; c < CHOICES; ++c) chosen[c] = static_cast<int>(c * 3 % EXPERTS);
  simt::Outcome outcome = simt::launch({{3, CHOICES}, EXPERT_THREADS}, [&] {
    expert_linear_bf16(y.get(), table.get(), chosen.get(), x.get(), OUT, IN, SHARED);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t c = 0; c < CHOICES; ++c)
    for (size_t o = 0; o < OUT; ++o) {
      double sum = 0;
      for (size_t k = 0; k < IN; ++k) {
        const size_t at = (static_cast<size_t>(chosen[c]) * OUT + o) * IN + k;
        sum += as_double(matrices[at]) * as_double(x[c / SHARED * IN + k]);
      }
      comparison.add(as_double(y[c * OUT + o]), sum);
    }
  return comparison.verdict(1e-6);
}

/// Choices of two experts, the first of which is all zeros; each choice reads its own x.
template <class Format, int LOWEST, int HIGHEST>
std::string quantized_case() {
  Array<uint8_t> w(size_t{6} * (64 + 2 * Format::BLOCK_BYTES)), other(w.count());
  w.zero();
  other.zero();
  const std::vector<double> weights = packed<Format>(w, OUT, IN, LOWEST, HIGHEST);
  Array<const uint8_t*> table(2);
  table[0] = other.get();
  table[1] = w.get();
  Array<int> chosen(CHOICES);
  for (size_t c = 0; c < CHOICES; ++c) chosen[c] = c == 1 ? 0 : 1;
  Array<float> x(size_t{CHOICES} * IN), y(size_t{CHOICES} * OUT);
  Normal normal(10);
  normal.fill(x, 1);
  simt::Outcome outcome = simt::launch({{3, CHOICES}, EXPERT_THREADS}, [&] {
    expert_linear_quantized<Format>(y.get(), table.get(), chosen.get(), x.get(), OUT, IN, 1);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t c = 0; c < CHOICES; ++c)
    for (size_t r = 0; r < OUT; ++r) {
      double sum = 0;
      for (size_t k = 0; k < IN && c != 1; ++k) sum += weights[r * IN + k] * as_double(x[c * IN + k]);
      comparison.add(as_double(y[c * OUT + r]), sum);
    }
  return comparison.verdict(1e-6);
}

std::string join_case() {
  Array<float> y(size_t{ROWS} * OUT), gate(ROWS), out(size_t{CHOICES} * OUT), weights(CHOICES), before(size_t{ROWS} * OUT);
  Normal normal(13);
  for (Array<float>* each : {&before, &gate, &out, &weights}) normal.fill(*each, 1);
  Comparison comparison;
  for (bool gated : {false, true}) {
    std::memcpy(y.get(), before.get(), before.count() * sizeof(float));
    simt::Outcome outcome = simt::launch({{1, ROWS}, EXPERT_THREADS}, [&] {
      join_experts(y.get(), gated ? gate.get() : nullptr, out.get(), weights.get(), OUT, PER_ROW);
    });
    if (!outcome.failure.empty()) return outcome.failure;
    for (size_t r = 0; r < ROWS; ++r)
      for (size_t o = 0; o < OUT; ++o) {
        double sum = gated ? as_double(before[r * OUT + o]) / (1 + std::exp(-as_double(gate[r]))) : 0;
        for (size_t c = r * PER_ROW; c < (r + 1) * PER_ROW; ++c)
          sum += as_double(weights[c]) * as_double(out[c * OUT + o]);
        comparison.add(as_double(y[r * OUT + o]), sum);
      }
  }
  return comparison.verdict(1e-6);
}

}  // namespace

const std::vector<Named> SPARSE = {
    {"route", route_case},
    {"expert-linear", expert_linear_case<PER_ROW>},
    {"expert-linear-down", expert_linear_case<1>},
    {"expert-linear-q8", quantized_case<Q8, -127, 127>},
    {"expert-linear-q4", quantized_case<Q4, -8, 7>},
    {"join-experts", join_case},
};
