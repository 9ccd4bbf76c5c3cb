// Cases of the linear layers of steps of few rows, for the orders and the sanitizers; their bits beside the kernels for any
// number of rows are tested through the driver.
#include "fused.cu"
#include "trial.h"

namespace {

constexpr size_t SLOTS = 3, RANK = 40, OTHER_RANK = 18, H_STRIDE = 48;
constexpr double EPS = 1e-5;

/// Row 0 is the base's, row 1 in two segments, row 2 in one of those and in one of an adapter without a low-rank update.
constexpr int BEGIN[] = {0, 0, 2, 4}, SLOT[] = {1, 0, 1, 2};
constexpr float WEIGHT[] = {0.5f, -1.5f, 2, 1};

/// A matrix with what adapters do to it.
template <class T>
struct Layer {
  Layer(size_t rows, size_t cols, unsigned seed)
      : rows(rows), cols(cols), w(rows * cols), bias(rows), a0(RANK * cols), b0(rows * RANK), a1(OTHER_RANK * cols),
        b1(rows * OTHER_RANK), scale(rows), added(rows), slots(SLOTS) {
    Normal normal(seed);
    for (Array<float>* each : {&bias, &b0, &scale, &added}) normal.fill(*each, 1);
    normal.fill(a0, 0.1f);
    normal.fill(w, 0.1f);
    normal.fill(a1, 0.1f);
    normal.fill(b1, 1);
    slots.zero();
    slots[0] = {a0.get(), b0.get(), nullptr, nullptr, nullptr, RANK, STORED_F32, STORED_F32, 0};
    slots[1] = {a1.get(), b1.get(), nullptr, nullptr, nullptr, OTHER_RANK, STORED_BF16, STORED_FP16, 0};
    slots[2] = {nullptr, nullptr, scale.get(), nullptr, added.get(), 0, 0, 0, 0};
  }

  /// Output `out` of row `token` for an input.
  template <class X>
  double wanted(size_t out, size_t token, X x, bool joined) {
    double value = dot(w, out, x);
    for (int join = BEGIN[token]; joined && join < BEGIN[token + 1]; ++join) {
      double update = 0;
      for (size_t r = 0; SLOT[join] == 0 && r < RANK; ++r) update += as_double(b0[out * RANK + r]) * dot(a0, r, x);
      for (size_t r = 0; SLOT[join] == 1 && r < OTHER_RANK; ++r)
        update += as_double(b1[out * OTHER_RANK + r]) * dot(a1, r, x);
      value += as_double(WEIGHT[join]) * update;
    }
    if (joined && token == 2) value = value * as_double(scale[out]) + as_double(added[out]);
    return value + as_double(bias[out]);
  }
  template <class Of, class X>
  double dot(Of& of, size_t row, X x) {
    double sum = 0;
    for (size_t k = 0; k < cols; ++k) sum += as_double(of[row * cols + k]) * x(k);
    return sum;
  }
  const Delta* deltas(bool joined) { return joined ? slots.get() : nullptr; }

  size_t rows, cols;
  Array<T> w;
  Array<float> bias, a0, b0;
  Array<device::bf16> a1;
  Array<device::fp16> b1;
  Array<float> scale, added;
  Array<Delta> slots;
};

struct Step {
  Step(size_t tokens, size_t cols, bool joined)
      : tokens(tokens), cols(cols), joined(joined), x(tokens * cols), norm(cols),
        h(size_t{3} * fused::JOINS_MAX * H_STRIDE), begin(tokens + 1), slot(4), weight(4), counters(2) {
    Normal normal(21);
    normal.fill(x, 1);
    normal.fill(norm, 1);
    counters.zero();
    std::memcpy(begin.get(), BEGIN, begin.count() * sizeof(int));
    std::memcpy(slot.get(), SLOT, sizeof SLOT);
    std::memcpy(weight.get(), WEIGHT, sizeof WEIGHT);
  }
  double raw(size_t token, size_t k) { return as_double(x[token * cols + k]); }
  /// The normalised row.
  auto normed(size_t token) {
    double squares = 0;
    for (size_t k = 0; k < cols; ++k) squares += raw(token, k) * raw(token, k);
    const double factor = 1 / std::sqrt(squares / static_cast<double>(cols) + EPS);
    return [this, token, factor](size_t k) { return raw(token, k) * factor * as_double(norm[k]); };
  }
  int count() const { return static_cast<int>(tokens); }
  int width() const { return static_cast<int>(cols); }
  const int* joins() { return joined ? begin.get() : nullptr; }

  size_t tokens, cols;
  bool joined;
  Array<float> x, norm, h;
  Array<int> begin, slot;
  Array<float> weight;
  Array<unsigned> counters;
};

/// Launches twice: what counts must be back at zero after each.
template <class Kernel>
std::string launch(Step& step, unsigned blocks, Kernel kernel) {
  for (int replay = 0; replay < 2; ++replay) {
    simt::Outcome outcome = simt::launch({blocks, FUSED_THREADS, 0, FUSED_THREADS}, kernel);
    if (!outcome.failure.empty()) return outcome.failure;
    if (step.counters[0] != 0 || step.counters[1] != 0) return "a counter did not return to zero";
  }
  return "";
}

template <class T, auto FUNCTION, size_t TOKENS, size_t COLS, int INTERLEAVED, bool JOINED>
std::string qkv_case() {
  constexpr size_t DIM = 12, ROTARY = 8, HALF = ROTARY / 2, Q = 4 * DIM, KV = 2 * DIM, BLOCK = 16 * KV;
  Step step(TOKENS, COLS, JOINED);
  Layer<T> of[] = {Layer<T>(Q, COLS, 22), Layer<T>(KV, COLS, 23), Layer<T>(KV, COLS, 24)};
  Array<float> q(TOKENS * Q), pages(size_t{3} * 2 * BLOCK), cos(TOKENS * HALF), sin(TOKENS * HALF);
  Array<int> blocks(3), tables(TOKENS), positions(TOKENS);
  Normal normal(25);
  normal.fill(cos, 1);
  normal.fill(sin, 1);
  for (size_t b = 0; b < 3; ++b) blocks[b] = static_cast<int>(2 - b);
  for (size_t t = 0; t < TOKENS; ++t) {
    tables[t] = t == 0 ? 0 : 1;
    positions[t] = t == 1 ? -1 : static_cast<int>(t) * 9 + 3;
  }
  const std::string failure = launch(step, JOINED ? 12 : 5, [&] {
    FUNCTION(q.get(), pages.get(), pages.get() + BLOCK, 2 * BLOCK, blocks.get(), tables.get(), positions.get(), cos.get(),
           sin.get(), step.x.get(), step.count(), step.width(), step.norm.get(), static_cast<float>(EPS), of[0].w.get(),
           of[1].w.get(), of[2].w.get(), of[0].bias.get(), of[1].bias.get(), nullptr, of[0].deltas(JOINED),
           of[1].deltas(JOINED), of[2].deltas(JOINED), Q, KV, DIM, ROTARY, INTERLEAVED, step.joins(), step.slot.get(),
           step.weight.get(), sizeof(Delta), step.h.get(), H_STRIDE, step.counters.get());
  });
  if (!failure.empty()) return failure;
  for (size_t i = 0; i < KV; ++i) of[2].bias[i] = 0;
  Pages<float> at{pages.get(), pages.get() + BLOCK, 2 * BLOCK, DIM};
  Comparison comparison;
  for (size_t t = 0; t < TOKENS; ++t)
    for (int m = 0; m < 3; ++m)
      for (size_t row = 0; row < of[m].rows; ++row) {
        const auto value = [&](size_t out) { return of[m].wanted(out, t, step.normed(t), JOINED); };
        const size_t d = row % DIM, head = row - d;
        double wanted = value(row);
        if (m < 2 && d < ROTARY) {
          const size_t angle = INTERLEAVED != 0 ? d / 2 : d % HALF;
          const bool second = INTERLEAVED != 0 ? d % 2 == 1 : d >= HALF;
          const size_t other = INTERLEAVED != 0 ? head + (d ^ 1) : head + (d + HALF) % ROTARY;
          const double c = as_double(cos[t * HALF + angle]), s = as_double(sin[t * HALF + angle]);
          wanted = wanted * c + (second ? value(other) : -value(other)) * s;
        }
        if (m == 0) comparison.add(as_double(q[t * Q + row]), wanted);
        if (m == 0 || positions[t] < 0) continue;
        const size_t to = at.at(blocks.get() + tables[t], positions[t], static_cast<int>(row / DIM)) + d;
        comparison.add(as_double((m == 1 ? at.keys : at.values)[to]), wanted);
      }
  size_t written = 0;
  for (size_t i = 0; i < pages.count(); ++i) written += std::isnan(pages[i]) ? 0 : 1;
  if (written != (TOKENS - TOKENS / 2) * 2 * KV) return "it wrote beside its places in pages";
  return comparison.verdict(1e-5);
}

template <class T, auto FUNCTION, size_t TOKENS, size_t COLS, bool JOINED>
std::string gated_case() {
  constexpr size_t WIDTH = 27;  // half a tile and some
  Step step(TOKENS, COLS, JOINED);
  Layer<T> gate(WIDTH, COLS, 26), up(WIDTH, COLS, 27);
  Array<float> y(TOKENS * WIDTH);
  const std::string failure = launch(step, 3, [&] {
    FUNCTION(y.get(), step.x.get(), step.count(), step.width(), step.norm.get(), static_cast<float>(EPS), gate.w.get(),
           up.w.get(), gate.bias.get(), up.bias.get(), gate.deltas(JOINED), up.deltas(JOINED), WIDTH, FUSED_SILU,
           step.joins(), step.slot.get(), step.weight.get(), sizeof(Delta), step.h.get(), H_STRIDE, step.counters.get());
  });
  if (!failure.empty()) return failure;
  Comparison comparison;
  for (size_t t = 0; t < TOKENS; ++t)
    for (size_t i = 0; i < WIDTH; ++i) {
      const double value = gate.wanted(i, t, step.normed(t), JOINED);
      comparison.add(as_double(y[t * WIDTH + i]), value / (1 + std::exp(-value)) * up.wanted(i, t, step.normed(t), JOINED));
    }
  return comparison.verdict(1e-5);
}

template <class T, auto FUNCTION, size_t TOKENS, size_t COLS, bool JOINED>
std::string add_case() {
  constexpr size_t WIDTH = 70;
  Step step(TOKENS, COLS, JOINED);
  Layer<T> of(WIDTH, COLS, 28);
  Array<float> y(TOKENS * WIDTH), before(TOKENS * WIDTH);
  Normal normal(29);
  normal.fill(y, 1);
  std::memcpy(before.get(), y.get(), y.count() * sizeof(float));
  const std::string failure = launch(step, 4, [&] {
    FUNCTION(y.get(), step.x.get(), step.count(), step.width(), of.w.get(), of.bias.get(), of.deltas(JOINED), WIDTH, 0.25f,
           step.joins(), step.slot.get(), step.weight.get(), sizeof(Delta), step.h.get(), H_STRIDE, step.counters.get());
  });
  if (!failure.empty()) return failure;
  Comparison comparison;
  for (size_t t = 0; t < TOKENS; ++t)
    for (size_t i = 0; i < WIDTH; ++i) {
      const double value = of.wanted(i, t, [&](size_t k) { return step.raw(t, k); }, JOINED);
      comparison.add(as_double(y[t * WIDTH + i]), as_double(before[t * WIDTH + i]) + 2 * 0.25 * value);
    }
  return comparison.verdict(1e-5);
}

using device::bf16;
using device::fp16;

}  // namespace

// Rows of 100 elements are no multiple of 16 bytes; 1608 and 3208 columns are more than are held at once.
const std::vector<Named> FUSED = {
    {"fused-qkv", qkv_case<bf16, fused_qkv_4_bf16, 3, 100, 0, true>},
    {"fused-qkv-base", qkv_case<fp16, fused_qkv_4_fp16, 3, 64, 1, false>},
    {"fused-qkv-one", qkv_case<bf16, fused_qkv_1_bf16, 1, 264, 0, false>},
    {"fused-qkv-one-fp16", qkv_case<fp16, fused_qkv_1_fp16, 1, 74, 0, false>},
    {"fused-gated", gated_case<bf16, fused_gated_4_bf16, 3, 264, true>},
    {"fused-gated-fp16", gated_case<fp16, fused_gated_4_fp16, 2, 76, true>},
    {"fused-gated-one", gated_case<bf16, fused_gated_1_bf16, 1, 3208, false>},
    {"fused-gated-one-fp16", gated_case<fp16, fused_gated_1_fp16, 1, 100, true>},
    {"fused-add", add_case<bf16, fused_add_4_bf16, 3, 1608, true>},
    {"fused-add-fp16", add_case<fp16, fused_add_4_fp16, 2, 76, false>},
    {"fused-add-one", add_case<bf16, fused_add_1_bf16, 1, 3208, false>},
    {"fused-add-one-fp16", add_case<fp16, fused_add_1_fp16, 1, 96, false>},
};
