// Cases of the kernels without tensor cores.
#include "axpy.cu"
#include "gemv.cu"
#include "trial.h"

namespace {

std::string axpy_case() {
  const int n = 1000;
  Array<float> x(n), y(n);
  Normal normal(1);
  normal.fill(x, 1);
  normal.fill(y, 1);
  std::vector<double> wanted;
  for (size_t i = 0; i < n; ++i) wanted.push_back(as_double(y[i]) + 0.5 * as_double(x[i]));
  simt::Outcome outcome = simt::launch({8, 128}, [&] { axpy(y.get(), x.get(), 0.5f, n); });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t i = 0; i < n; ++i) comparison.add(as_double(y[i]), wanted[i]);
  return comparison.verdict(1e-6);
}

template <Plant PLANT>
std::string gemv_case() {
  const int rows = 29, cols = 768, parts = 3;
  const size_t R = rows, C = cols;
  Array<device::bf16> x(C), w(R * C);
  Array<float> y(R), partials(R * parts);
  Array<unsigned> counters((R + 3) / 4);
  Normal normal(2);
  normal.fill(x, 1);
  normal.fill(w, 0.05f);
  counters.zero();
  Comparison comparison;
  for (int replay = 0; replay < 2; ++replay) {
    simt::Outcome outcome = simt::launch({{(rows + 3) / 4, parts}, GEMV_THREADS, 0, GEMV_THREADS}, [&] {
      gemv_body<PLANT>(y.get(), x.get(), w.get(), rows, cols, partials.get(), counters.get());
    });
    if (!outcome.failure.empty()) return outcome.failure;
    for (size_t i = 0; i < counters.count(); ++i)
      if (counters[i] != 0) return "a counter did not return to zero";
    double square = 0;
    for (size_t k = 0; k < C; ++k) square += as_double(x[k]) * as_double(x[k]);
    for (size_t n = 0; n < R; ++n) {
      double sum = 0;
      for (size_t k = 0; k < C; ++k) sum += as_double(x[k]) * as_double(w[n * C + k]);
      comparison.add(as_double(y[n]), sum / std::sqrt(square / cols));
    }
  }
  return comparison.verdict(1e-6);
}

}  // namespace

const std::vector<Named> ELEMENTARY = {
    {"axpy", axpy_case},
    {"gemv", gemv_case<Plant::NONE>},
    {"gemv-no-barrier", gemv_case<Plant::NO_BARRIER>},
    {"gemv-out-of-bounds", gemv_case<Plant::OUT_OF_BOUNDS>},
    {"gemv-relaxed-counter", gemv_case<Plant::RELAXED_COUNTER>},
    {"gemv-divergent-shuffle", gemv_case<Plant::DIVERGENT_SHUFFLE>},
};
