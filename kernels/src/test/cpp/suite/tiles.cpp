// Cases of the kernels on tensor cores.
#include "mma_tile.cu"
#include "trial.h"
#include "wgmma_tile.cu"

namespace {

template <class T>
struct Operands {
  Operands(int tokens, int rows, int cols)
      : tokens(tokens), rows(rows), cols(cols), x(size(tokens, cols)), w(size(rows, cols)), y(size(tokens, rows)) {
    Normal normal(3);
    normal.fill(x, 1);
    normal.fill(w, 0.05f);
  }
  static size_t size(int a, int b) { return static_cast<size_t>(a) * static_cast<size_t>(b); }

  std::string verdict() {
    Comparison comparison;
    for (size_t t = 0; t < static_cast<size_t>(tokens); ++t)
      for (size_t n = 0; n < static_cast<size_t>(rows); ++n) {
        double sum = 0;
        for (size_t k = 0; k < static_cast<size_t>(cols); ++k)
          sum += as_double(x[t * static_cast<size_t>(cols) + k]) * as_double(w[n * static_cast<size_t>(cols) + k]);
        comparison.add(as_double(y[t * static_cast<size_t>(rows) + n]), sum);
      }
    return comparison.verdict(1e-6);
  }

  int tokens, rows, cols;
  Array<T> x, w;
  Array<float> y;
};

template <class T, Plant PLANT>
std::string mma_case() {
  Operands<T> o(13, 100, 320);
  simt::Outcome outcome = simt::launch({2, MMA_THREADS, MMA_SHARED_BYTES, MMA_THREADS}, [&] {
    mma_tile_body<T, PLANT>(o.y.get(), o.x.get(), o.w.get(), o.tokens, o.rows, o.cols);
  });
  return outcome.failure.empty() ? o.verdict() : outcome.failure;
}

simt::TensorMap map_of(void* base, int rows, int cols) {
  simt::TensorMap map;
  uint64_t sizes[2] = {static_cast<uint64_t>(cols), static_cast<uint64_t>(rows)}, strides[1] = {sizes[0] * 2};
  uint32_t box[2] = {64, 64};
  std::string wrong = simt::encode(map, base, 2, 2, sizes, strides, box, true);
  if (!wrong.empty()) std::fprintf(stderr, "%s\n", wrong.c_str());
  return map;
}

template <class T, Plant PLANT>
std::string wgmma_case() {
  Operands<T> o(70, 72, 328);  // no size is a multiple of its tile's
  simt::TensorMap x = map_of(o.x.get(), o.tokens, o.cols), w = map_of(o.w.get(), o.rows, o.cols);
  simt::Outcome outcome = simt::launch({{2, 2}, WGMMA_THREADS, WGMMA_SHARED_BYTES, WGMMA_THREADS}, [&] {
    wgmma_tile_body<T, PLANT>(o.y.get(), &x, &w, o.tokens, o.rows, o.cols);
  });
  return outcome.failure.empty() ? o.verdict() : outcome.failure;
}

}  // namespace

const std::vector<Named> TILES = {
    {"mma-bf16", mma_case<device::bf16, Plant::NONE>},
    {"mma-fp16", mma_case<device::fp16, Plant::NONE>},
    {"mma-weak-wait", mma_case<device::bf16, Plant::WEAK_WAIT>},
    {"wgmma-bf16", wgmma_case<device::bf16, Plant::NONE>},
    {"wgmma-fp16", wgmma_case<device::fp16, Plant::NONE>},
    {"wgmma-early-release", wgmma_case<device::bf16, Plant::EARLY_RELEASE>},
};
