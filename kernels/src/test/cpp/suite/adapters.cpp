// Cases of the kernels of adapters, for the orders and the sanitizers; their values beside the CPU's are tested through the
// driver.
#include "adapters.cu"
#include "trial.h"

namespace {

constexpr int ROWS = 3, IN = 76, OUT = 40, RANK = 19, SLOTS = 3, H_STRIDE = 24;

/// Row 0 is the base's, row 1 in two segments, and row 2 has an adapter with scales and a bias, without a low-rank update.
struct World {
  struct Record {
    int before[2];
    Delta delta;
    Replacement matrix, some;
  };
  World() {
    Normal normal(9);
    for (Array<float>* each : {&x, &y, &a[0], &a[1], &b[0], &row_scale, &input_scale, &bias}) normal.fill(*each, 1);
    normal.fill(b1, 1);
    slots.zero();
    slots[0].delta = {a[0].get(), b[0].get(), nullptr, nullptr, nullptr, RANK, STORED_F32, STORED_F32, 0};
    slots[1].delta = {a[1].get(), b1.get(), nullptr, nullptr, bias.get(), RANK - 3, STORED_F32, STORED_BF16, 0};
    slots[2].delta = {nullptr, nullptr, row_scale.get(), input_scale.get(), bias.get(), 0, 0, 0, 0};
    const int begins[] = {0, 0, 2, 3}, joined[] = {1, 1, 2}, of[] = {1, 0, 2};
    const float weights[] = {0.5f, -1.5f, 1};
    std::memcpy(begin.get(), begins, sizeof begins);
    std::memcpy(row.get(), joined, sizeof joined);
    std::memcpy(slot.get(), of, sizeof of);
    std::memcpy(weight.get(), weights, sizeof weights);
  }
  double shrunk(size_t of, size_t r) {
    double sum = 0;
    for (size_t k = 0; k < IN; ++k) sum += as_double(a[of][r * IN + k]) * as_double(x[IN + k]);
    return sum;
  }

  Array<float> x{size_t{ROWS} * IN}, y{size_t{ROWS} * OUT}, row_scale{OUT}, input_scale{IN}, bias{OUT};
  Array<float> a[2] = {Array<float>(size_t{RANK} * IN), Array<float>(size_t{RANK} * IN)};
  Array<float> b[1] = {Array<float>(size_t{OUT} * RANK)};
  Array<device::bf16> b1{size_t{OUT} * (RANK - 3)};
  Array<Record> slots{SLOTS};
  Array<int> begin{ROWS + 1}, row{3}, slot{3};
  Array<float> weight{3};
};

std::string linear_case() {
  World w;
  Array<float> h(size_t{3} * H_STRIDE), before(size_t{ROWS} * OUT);
  std::memcpy(before.get(), w.y.get(), before.count() * sizeof(float));
  simt::Outcome outcome = simt::launch({{3, 3}, ADAPTER_THREADS}, [&] {
    adapter_shrink(h.get(), w.x.get(), &w.slots.get()->delta, sizeof(World::Record), w.row.get(), w.slot.get(), IN, IN,
                   H_STRIDE);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  outcome = simt::launch({{1, ROWS}, ADAPTER_THREADS}, [&] {
    adapter_finish(w.y.get(), h.get(), &w.slots.get()->delta, sizeof(World::Record), w.begin.get(), w.slot.get(),
                   w.weight.get(), OUT, OUT, H_STRIDE);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t o = 0; o < OUT; ++o) {
    comparison.add(as_double(w.y[o]), as_double(before[o]));
    double one = 0, two = 0;
    for (size_t r = 0; r < RANK - 3; ++r) one += as_double(w.b1[o * (RANK - 3) + r]) * w.shrunk(1, r);
    for (size_t r = 0; r < RANK; ++r) two += as_double(w.b[0][o * RANK + r]) * w.shrunk(0, r);
    comparison.add(as_double(w.y[OUT + o]), as_double(before[OUT + o]) + 0.5 * one - 1.5 * two + 0.5 * as_double(w.bias[o]));
    comparison.add(as_double(w.y[2 * OUT + o]),
                   as_double(before[2 * OUT + o]) * as_double(w.row_scale[o]) + as_double(w.bias[o]));
  }
  return comparison.verdict(1e-6);
}

std::string inputs_case() {
  World w;
  Array<float> scaled(size_t{ROWS} * IN);
  simt::Outcome outcome = simt::launch({{1, ROWS}, ADAPTER_THREADS}, [&] {
    adapter_scale_inputs(scaled.get(), w.x.get(), &w.slots.get()->delta, sizeof(World::Record), w.begin.get(),
                         w.slot.get(), IN, IN, IN);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t r = 0; r < ROWS; ++r)
    for (size_t k = 0; k < IN; ++k)
      comparison.add(as_double(scaled[r * IN + k]),
                     as_double(w.x[r * IN + k]) * (r == 2 ? as_double(w.input_scale[k]) : 1));
  return comparison.verdict(1e-6);
}

/// The matrix of slot 0 in place of all outputs of row 1, then two rows of slot 2 in place of some of row 2.
std::string outputs_case() {
  World w;
  Array<float> matrix(size_t{OUT} * IN);
  Array<device::fp16> some(size_t{2} * IN);
  Array<int> ids(2);
  Normal normal(10);
  normal.fill(matrix, 1);
  normal.fill(some, 1);
  ids[0] = 3;
  ids[1] = 17;
  w.slots[0].matrix = {matrix.get(), nullptr, OUT, STORED_F32};
  w.slots[2].some = {some.get(), ids.get(), 2, STORED_FP16};
  Array<float> before(size_t{ROWS} * OUT);
  std::memcpy(before.get(), w.y.get(), before.count() * sizeof(float));
  for (const Replacement* each : {&w.slots.get()->matrix, &w.slots.get()->some}) {
    simt::Outcome outcome = simt::launch({{2, 3}, ADAPTER_THREADS}, [&] {
      adapter_replace_outputs(w.y.get(), w.x.get(), each, sizeof(World::Record), w.row.get(), w.slot.get(), IN, OUT);
    });
    if (!outcome.failure.empty()) return outcome.failure;
  }
  Comparison comparison;
  for (size_t r = 0; r < ROWS; ++r)
    for (size_t o = 0; o < OUT; ++o) {
      double wanted = r == 1 ? 0 : as_double(before[r * OUT + o]);
      for (size_t k = 0; k < IN && r == 1; ++k) wanted += as_double(matrix[o * IN + k]) * as_double(w.x[IN + k]);
      if (r == 2 && (o == 3 || o == 17)) {
        wanted = 0;
        for (size_t k = 0; k < IN; ++k)
          wanted += as_double(some[(o == 3 ? 0 : 1) * IN + k]) * as_double(w.x[2 * IN + k]);
      }
      comparison.add(as_double(w.y[r * OUT + o]), wanted);
    }
  return comparison.verdict(1e-6);
}

/// Slot 0 adds to embeddings, slot 1 replaces token 5 and slot 2 all of them.
std::string embed_case() {
  constexpr int TOKENS = 8;
  World w;
  Array<float> matrix(size_t{TOKENS} * OUT), one(OUT), picked(size_t{TOKENS} * RANK);
  Array<int> ids(1), tokens(ROWS);
  Normal normal(11);
  normal.fill(matrix, 1);
  normal.fill(one, 1);
  normal.fill(picked, 1);
  ids[0] = 5;
  for (size_t r = 0; r < ROWS; ++r) tokens[r] = 5;
  w.slots[0].delta.a = picked.get();
  w.slots[1].delta.a = nullptr;
  w.slots[1].some = {one.get(), ids.get(), 1, STORED_F32};
  w.slots[2].matrix = {matrix.get(), nullptr, TOKENS, STORED_F32};
  Array<float> before(size_t{ROWS} * OUT);
  std::memcpy(before.get(), w.y.get(), before.count() * sizeof(float));
  simt::Outcome outcome = simt::launch({ROWS, ADAPTER_THREADS}, [&] {
    World::Record* first = w.slots.get();
    adapter_embed(w.y.get(), &first->matrix, &first->some, &first->delta, sizeof(World::Record), w.begin.get(),
                  w.slot.get(), w.weight.get(), tokens.get(), OUT);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t o = 0; o < OUT; ++o) {
    double added = 0;
    for (size_t r = 0; r < RANK; ++r) added += as_double(w.b[0][o * RANK + r]) * as_double(picked[5 * RANK + r]);
    comparison.add(as_double(w.y[o]), as_double(before[o]));
    comparison.add(as_double(w.y[OUT + o]), as_double(one[o]) - 1.5 * added);
    comparison.add(as_double(w.y[2 * OUT + o]), as_double(matrix[5 * OUT + o]));
  }
  return comparison.verdict(1e-6);
}

/// Three choices of one row, of experts 1, 0 and 1, of which the last two are adapted.
std::string experts_case() {
  constexpr int EXPERT_BYTES = sizeof(Delta), CHOICES = 3;
  struct Record {
    Delta experts[2];
  };
  World w;
  Array<Record> slots(SLOTS);
  slots.zero();
  slots[1].experts[0] = {w.a[0].get(), w.b[0].get(), w.row_scale.get(), nullptr, nullptr, RANK, STORED_F32, STORED_F32, 0};
  slots[1].experts[1] = {w.a[1].get(), w.b1.get(), nullptr, nullptr, w.bias.get(), RANK - 3, STORED_F32, STORED_BF16, 0};
  Array<int> chosen(CHOICES), begin(CHOICES + 1), choice(2), slot(2);
  Array<float> weight(2), h(size_t{2} * H_STRIDE), before(size_t{CHOICES} * OUT);
  const int experts[] = {1, 0, 1}, begins[] = {0, 0, 1, 2}, choices[] = {1, 2}, of[] = {1, 1};
  const float weights[] = {1, 0.5f};
  std::memcpy(chosen.get(), experts, sizeof experts);
  std::memcpy(begin.get(), begins, sizeof begins);
  std::memcpy(choice.get(), choices, sizeof choices);
  std::memcpy(slot.get(), of, sizeof of);
  std::memcpy(weight.get(), weights, sizeof weights);
  std::memcpy(before.get(), w.y.get(), before.count() * sizeof(float));
  const Delta* first = slots.get()->experts;
  // All three choices read row 1 of World's x.
  simt::Outcome outcome = simt::launch({{2, 2}, ADAPTER_THREADS}, [&] {
    expert_shrink(h.get(), w.x.get() + IN, first, sizeof(Record), EXPERT_BYTES, chosen.get(), choice.get(), slot.get(), IN,
                  CHOICES, H_STRIDE);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  outcome = simt::launch({{1, CHOICES}, ADAPTER_THREADS}, [&] {
    expert_finish(w.y.get(), h.get(), first, sizeof(Record), EXPERT_BYTES, chosen.get(), begin.get(), slot.get(),
                  weight.get(), OUT, H_STRIDE);
  });
  if (!outcome.failure.empty()) return outcome.failure;
  Comparison comparison;
  for (size_t o = 0; o < OUT; ++o) {
    double zero = 0, one = 0;
    for (size_t r = 0; r < RANK; ++r) zero += as_double(w.b[0][o * RANK + r]) * w.shrunk(0, r);
    for (size_t r = 0; r < RANK - 3; ++r) one += as_double(w.b1[o * (RANK - 3) + r]) * w.shrunk(1, r);
    comparison.add(as_double(w.y[o]), as_double(before[o]));
    comparison.add(as_double(w.y[OUT + o]), (as_double(before[OUT + o]) + zero) * as_double(w.row_scale[o]));
    comparison.add(as_double(w.y[2 * OUT + o]),
                   as_double(before[2 * OUT + o]) + 0.5 * one + 0.5 * as_double(w.bias[o]));
  }
  return comparison.verdict(1e-6);
}

}  // namespace

const std::vector<Named> ADAPTERS = {
    {"adapter-linear", linear_case},
    {"adapter-inputs", inputs_case},
    {"adapter-outputs", outputs_case},
    {"adapter-embed", embed_case},
    {"adapter-experts", experts_case},
};
