// Cases of the plain path's kernels, for the orders and the sanitizers; their values beside the scalar face are tested
// through the driver.
#include "elementwise.cu"
#include "linear.cu"
#include "norms.cu"
#include "trial.h"

namespace {

constexpr int ROWS = 3, WIDTH = 600;
constexpr size_t COUNT = size_t{ROWS} * WIDTH;

struct Rows {
  Rows() : x(COUNT), y(COUNT), weight(WIDTH), bias(WIDTH) {
    Normal normal(4);
    normal.fill(x, 1);
    normal.fill(weight, 1);
    normal.fill(bias, 1);
  }
  /// y against wanted(row, i).
  template <class Wanted>
  std::string verdict(const simt::Outcome& outcome, Wanted wanted) {
    if (!outcome.failure.empty()) return outcome.failure;
    Comparison comparison;
    for (size_t row = 0; row < ROWS; ++row)
      for (size_t i = 0; i < WIDTH; ++i) comparison.add(as_double(y[row * WIDTH + i]), wanted(row, i));
    return comparison.verdict(1e-6);
  }
  double at(size_t row, size_t i) { return as_double(x[row * WIDTH + i]); }
  double moment(size_t row, double mean, int power) {
    double sum = 0;
    for (size_t i = 0; i < WIDTH; ++i) sum += std::pow(at(row, i) - mean, power);
    return sum / WIDTH;
  }

  Array<float> x, y, weight, bias;
};

std::string rms_norm_case() {
  Rows r;
  simt::Outcome outcome =
      simt::launch({ROWS, NORM_THREADS}, [&] { rms_norm(r.y.get(), r.x.get(), r.weight.get(), WIDTH, 1e-5f); });
  return r.verdict(outcome, [&](size_t row, size_t i) {
    return r.at(row, i) / std::sqrt(r.moment(row, 0, 2) + 1e-5) * as_double(r.weight[i]);
  });
}

std::string layer_norm_case() {
  Rows r;
  simt::Outcome outcome = simt::launch({ROWS, NORM_THREADS}, [&] {
    layer_norm(r.y.get(), r.x.get(), r.weight.get(), r.bias.get(), WIDTH, 1e-5f);
  });
  return r.verdict(outcome, [&](size_t row, size_t i) {
    double mean = r.moment(row, 0, 1), scale = 1 / std::sqrt(r.moment(row, mean, 2) + 1e-5);
    return (r.at(row, i) - mean) * scale * as_double(r.weight[i]) + as_double(r.bias[i]);
  });
}

std::string gated_silu_case() {
  Rows r;
  simt::Outcome outcome =
      simt::launch({2, ELEMENT_THREADS}, [&] { gated_silu(r.y.get(), r.x.get(), r.x.get(), COUNT); });
  return r.verdict(outcome, [&](size_t row, size_t i) {
    return r.at(row, i) * r.at(row, i) / (1 + std::exp(-r.at(row, i)));
  });
}

template <class T>
std::string embed_case() {
  Rows r;
  Array<T> table(COUNT);
  Normal normal(5);
  normal.fill(table, 1);
  Array<int> tokens(ROWS);
  for (size_t row = 0; row < ROWS; ++row) tokens[row] = static_cast<int>(ROWS - 1 - row);
  simt::Outcome outcome = simt::launch(
      {ROWS, ELEMENT_THREADS}, [&] { embed_body(r.y.get(), table.get(), tokens.get(), WIDTH, 0.5f); });
  return r.verdict(outcome, [&](size_t row, size_t i) {
    return 0.5 * as_double(table[(ROWS - 1 - row) * WIDTH + i]);
  });
}

template <int INTERLEAVED>
std::string rope_case() {
  constexpr int HEAD_DIM = 60, ROTARY = 40, HALF = ROTARY / 2;
  Rows r;
  Array<float> cos(HALF * 2), sin(HALF * 2);
  Array<int> positions(ROWS);
  for (size_t row = 0; row < ROWS; ++row) positions[row] = static_cast<int>(row % 2);
  Normal normal(6);
  normal.fill(cos, 1);
  normal.fill(sin, 1);
  std::memcpy(r.y.get(), r.x.get(), COUNT * sizeof(float));
  simt::Outcome outcome = simt::launch({ROWS, ELEMENT_THREADS}, [&] {
    rope(r.y.get(), cos.get(), sin.get(), positions.get(), WIDTH / HEAD_DIM, HEAD_DIM, ROTARY, INTERLEAVED);
  });
  return r.verdict(outcome, [&](size_t row, size_t i) {
    size_t place = i % HEAD_DIM, head = i - place;
    if (place >= ROTARY) return r.at(row, i);
    size_t angle = INTERLEAVED ? place / 2 : place % HALF;
    bool first = INTERLEAVED ? place % 2 == 0 : place < HALF;
    size_t a = INTERLEAVED ? head + 2 * angle : head + angle, b = INTERLEAVED ? a + 1 : a + HALF;
    double c = as_double(cos[row % 2 * HALF + angle]), s = as_double(sin[row % 2 * HALF + angle]);
    return first ? r.at(row, a) * c - r.at(row, b) * s : r.at(row, b) * c + r.at(row, a) * s;
  });
}

template <class T, int ACCUMULATE>
std::string linear_case() {
  constexpr size_t TOKENS = 6, OUT = 21, IN = 76, STRIDE = 24;
  Array<T> w(OUT * IN);
  Array<float> x(TOKENS * IN), y(TOKENS * STRIDE);
  Normal normal(7);
  normal.fill(w, 0.1f);
  normal.fill(x, 1);
  for (size_t i = 0; ACCUMULATE != 0 && i < y.count(); ++i) y[i] = 0.5f;
  simt::Outcome outcome = simt::launch({{3, 2}, LINEAR_THREADS}, [&] {
    linear_body(y.get(), w.get(), x.get(), TOKENS, OUT, IN, STRIDE, ACCUMULATE);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t t = 0; t < TOKENS; ++t) {
    for (size_t r = 0; r < OUT; ++r) {
      double sum = ACCUMULATE != 0 ? 0.5 : 0;
      for (size_t k = 0; k < IN; ++k) sum += as_double(w[r * IN + k]) * as_double(x[t * IN + k]);
      comparison.add(as_double(y[t * STRIDE + r]), sum);
    }
    for (size_t r = OUT; r < STRIDE; ++r)
      if (ACCUMULATE != 0 ? y[t * STRIDE + r] != 0.5f : !std::isnan(y[t * STRIDE + r])) return "it wrote past a row";
  }
  return comparison.verdict(1e-6);
}

}  // namespace

const std::vector<Named> GENERAL = {
    {"rms-norm", rms_norm_case},
    {"layer-norm", layer_norm_case},
    {"gated-silu", gated_silu_case},
    {"embed-bf16", embed_case<device::bf16>},
    {"embed-fp16", embed_case<device::fp16>},
    {"linear-bf16", linear_case<device::bf16, 0>},
    {"linear-fp16", linear_case<device::fp16, 1>},
    {"rope", rope_case<0>},
    {"rope-interleaved", rope_case<1>},
};
