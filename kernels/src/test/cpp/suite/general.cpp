// Cases of the plain path's kernels, for the orders and the sanitizers; their values beside the scalar face are tested
// through the driver.
#include "attention.cu"
#include "attention_split.cu"
#include "elementwise.cu"
#include "kv_write.cu"
#include "linear.cu"
#include "norms.cu"
#include "rope.cu"
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
  simt::Outcome outcome = simt::launch({ROWS, NORM_THREADS}, [&] {
    rms_norm(r.y.get(), r.x.get(), nullptr, nullptr, 0, nullptr, r.weight.get(), WIDTH, 1e-5f);
  });
  return r.verdict(outcome, [&](size_t row, size_t i) {
    return r.at(row, i) / std::sqrt(r.moment(row, 0, 2) + 1e-5) * as_double(r.weight[i]);
  });
}

std::string layer_norm_case() {
  Rows r;
  simt::Outcome outcome = simt::launch({ROWS, NORM_THREADS}, [&] {
    layer_norm(r.y.get(), r.x.get(), nullptr, nullptr, 0, nullptr, r.weight.get(), r.bias.get(), WIDTH, 1e-5f);
  });
  return r.verdict(outcome, [&](size_t row, size_t i) {
    double mean = r.moment(row, 0, 1), scale = 1 / std::sqrt(r.moment(row, mean, 2) + 1e-5);
    return (r.at(row, i) - mean) * scale * as_double(r.weight[i]) + as_double(r.bias[i]);
  });
}

// Chosen rows, of which the first has the norm of its slot.
std::string replaced_norm_case() {
  Rows r;
  Array<int> from(ROWS), slots(ROWS);
  Array<Norm> replaced(4);
  replaced.zero();
  replaced[2] = {r.bias.get(), nullptr};  // of slot 1, where every second one is a slot's
  for (size_t row = 0; row < ROWS; ++row) {
    from[row] = static_cast<int>(ROWS - 1 - row);
    slots[row] = row == ROWS - 1 ? 1 : row == 0 ? -1 : 0;
  }
  simt::Outcome outcome = simt::launch({ROWS, NORM_THREADS}, [&] {
    rms_norm(r.y.get(), r.x.get(), from.get(), replaced.get(), 2, slots.get(), r.weight.get(), WIDTH, 1e-5f);
  });
  return r.verdict(outcome, [&](size_t to, size_t i) {
    size_t row = ROWS - 1 - to;
    double weight = as_double(row == ROWS - 1 ? r.bias[i] : r.weight[i]);
    return r.at(row, i) / std::sqrt(r.moment(row, 0, 2) + 1e-5) * weight;
  });
}

std::string head_norm_case() {
  constexpr int HEAD_DIM = 150;
  Rows r;
  std::memcpy(r.y.get(), r.x.get(), COUNT * sizeof(float));
  simt::Outcome outcome = simt::launch({{ROWS, WIDTH / HEAD_DIM}, NORM_THREADS}, [&] {
    head_rms_norm(r.y.get(), nullptr, 0, nullptr, r.weight.get(), 2, 2, HEAD_DIM, WIDTH, 2 * HEAD_DIM, HEAD_DIM, 1e-5f);
  });
  return r.verdict(outcome, [&](size_t row, size_t i) {
    size_t head = i / HEAD_DIM * HEAD_DIM;
    double squares = 0;
    for (size_t d = head; d < head + HEAD_DIM; ++d) squares += r.at(row, d) * r.at(row, d);
    return r.at(row, i) / std::sqrt(squares / HEAD_DIM + 1e-5) * as_double(r.weight[i]);
  });
}

std::string gated_silu_case() {
  Rows r;
  simt::Outcome outcome = simt::launch({2, ELEMENT_THREADS}, [&] {
    gated_silu(r.y.get(), r.x.get(), r.x.get(), ROWS, WIDTH, WIDTH, WIDTH, WIDTH);
  });
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
  simt::Outcome outcome = simt::launch({ROWS, ROPE_THREADS}, [&] {
    rope(r.y.get(), cos.get(), sin.get(), positions.get(), WIDTH / HEAD_DIM / 2, 2, HEAD_DIM, WIDTH, 2 * HEAD_DIM, ROTARY,
         INTERLEAVED);
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
  simt::Outcome outcome = simt::launch({{2, 2}, LINEAR_THREADS}, [&] {
    linear_body(y.get(), w.get(), x.get(), TOKENS, OUT, IN, STRIDE, IN, ACCUMULATE);
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

// Three rows' keys and values go to scattered blocks, where those of other positions stand, over more than one range of
// 256; then a row far on, one near the start and one without a position attend.
template <class T, int WINDOW, int PER_GROUP = 2, bool SPLIT = false>
std::string attention_case() {
  constexpr int GROUPS = 2, HEADS = GROUPS * PER_GROUP, DIM = 24, TOKENS = 271, BLOCKS = 17;
  constexpr int ROW = HEADS * DIM, KV_ROW = GROUPS * DIM, BLOCK = 16 * KV_ROW;
  constexpr float SCALE = 0.3f, CAP = 2;
  Array<T> pages(size_t{2} * BLOCKS * BLOCK);
  Array<float> k(size_t{TOKENS} * KV_ROW), v(size_t{TOKENS} * KV_ROW), q(size_t{3} * ROW), out(size_t{3} * ROW);
  Array<int> blocks(BLOCKS), tables(3), positions(3);
  Normal normal(8);
  normal.fill(k, 1);
  normal.fill(v, 1);
  normal.fill(q, 1);
  for (size_t b = 0; b < BLOCKS; ++b) blocks[b] = static_cast<int>(b * 5 % BLOCKS);
  for (size_t row = 0; row < 3; ++row) tables[row] = 0;
  positions[0] = TOKENS - 1;
  positions[1] = 3;
  positions[2] = -1;
  Pages<T> at{pages.get(), pages.get() + BLOCK, 2 * BLOCK, DIM};
  for (int t = 0; t < TOKENS; ++t)
    for (int i = 0; i < KV_ROW && t != positions[0] && t != positions[1]; ++i) {
      const size_t to = at.at(blocks.get(), t, i / DIM) + static_cast<size_t>(i % DIM);
      at.keys[to] = device::from_float<T>(k[static_cast<size_t>(t * KV_ROW + i)]);
      at.values[to] = device::from_float<T>(v[static_cast<size_t>(t * KV_ROW + i)]);
    }
  Array<float> new_k(size_t{3} * KV_ROW), new_v(size_t{3} * KV_ROW);
  for (size_t i = 0; i < size_t{2} * KV_ROW; ++i) {
    const size_t from = static_cast<size_t>(positions[i / KV_ROW]) * KV_ROW + i % KV_ROW;
    new_k[i] = k[from];
    new_v[i] = v[from];
  }
  simt::Outcome outcome = simt::launch({3, KV_WRITE_THREADS}, [&] {
    kv_write_body(at, blocks.get(), tables.get(), positions.get(), new_k.get(), new_v.get(), {GROUPS, 1, DIM, KV_ROW, DIM});
  });
  if (!outcome.failure.empty()) return outcome.failure;
  const Heads heads{GROUPS, PER_GROUP, DIM, ROW, PER_GROUP * DIM};
  const Scoring scoring{SCALE, CAP, nullptr};
  if constexpr (SPLIT) {
    constexpr unsigned RANGES = 2, PARTS = GROUPS * ((PER_GROUP + 3) / 4);
    Array<float> partials(size_t{3} * HEADS * RANGES * (2 + DIM));
    Array<unsigned> counters(size_t{3} * PARTS);
    counters.zero();
    for (int replay = 0; replay < 2 && outcome.failure.empty(); ++replay)
      outcome = simt::launch({{WINDOW == 0 ? 1u : RANGES + 1, PARTS, 3}, SPLIT_THREADS}, [&] {
        attention_split_body(out.get(), {partials.get(), RANGES, DIM}, counters.get(), q.get(), at, blocks.get(),
                             tables.get(), positions.get(), heads, WINDOW, scoring);
      });
    for (size_t i = 0; i < counters.count(); ++i)
      if (counters[i] != 0) return "a counter did not return to zero";
  } else {
    outcome = simt::launch({{3, HEADS}, ATTENTION_THREADS}, [&] {
      attention_body(out.get(), q.get(), at, blocks.get(), tables.get(), positions.get(), heads, WINDOW, scoring);
    });
  }
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t row = 0; row < 3; ++row)
    for (size_t head = 0; head < HEADS; ++head) {
      const int last = positions[row], start = WINDOW == 0 ? 0 : std::max(0, last - WINDOW + 1);
      std::vector<double> values(DIM, 0.0);
      double sum = last < 0 ? 1 : 0;
      for (int t = start; t <= last; ++t) {
        const size_t from = static_cast<size_t>(t) * KV_ROW + head / PER_GROUP * DIM;
        double score = 0;
        for (size_t d = 0; d < DIM; ++d)
          score += as_double(q[row * ROW + head * DIM + d]) * as_double(device::from_float<T>(k[from + d]));
        const double weight = std::exp(CAP * std::tanh(score * as_double(SCALE) / CAP));
        sum += weight;
        for (size_t d = 0; d < DIM; ++d) values[d] += weight * as_double(device::from_float<T>(v[from + d]));
      }
      for (size_t d = 0; d < DIM; ++d) comparison.add(as_double(out[row * ROW + head * DIM + d]), values[d] / sum);
    }
  return comparison.verdict(1e-6);
}

}  // namespace

const std::vector<Named> GENERAL = {
    {"rms-norm", rms_norm_case},
    {"layer-norm", layer_norm_case},
    {"replaced-norm", replaced_norm_case},
    {"head-norm", head_norm_case},
    {"gated-silu", gated_silu_case},
    {"embed-bf16", embed_case<device::bf16>},
    {"embed-fp16", embed_case<device::fp16>},
    {"attention-f32", attention_case<float, 0>},
    {"attention-bf16", attention_case<device::bf16, 0>},
    {"attention-window", attention_case<device::fp16, 70>},
    {"attention-split", attention_case<float, 0, 5, true>},
    {"attention-split-window", attention_case<float, 20, 2, true>},
    {"linear-f32", linear_case<float, 0>},
    {"linear-bf16", linear_case<device::bf16, 0>},
    {"linear-fp16", linear_case<device::fp16, 1>},
    {"rope", rope_case<0>},
    {"rope-interleaved", rope_case<1>},
};
