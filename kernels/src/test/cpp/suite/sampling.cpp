// Cases of drawing, for the orders and the sanitizers; that it draws what the CPU draws is tested through the driver.
#include "sampling.cu"

#include <algorithm>

#include "trial.h"

namespace {

constexpr int VOCAB = 1100, ROWS = 4;

const Draw PLAIN{0, 0, 1, -INFINITY, 1, 1, 0, 7, 9, 21, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

struct Drawing {
  Array<float> logits{size_t{ROWS} * VOCAB};
  Array<Draw> draws{ROWS};
  Array<int> lists{64}, drawn{ROWS}, last{ROWS};

  explicit Drawing(unsigned seed) {
    Normal normal(seed);
    normal.fill(logits, 2);
    for (int r = 0; r < ROWS; ++r) {
      draws[static_cast<size_t>(r)] = PLAIN;
      draws[static_cast<size_t>(r)].row = r;
      draws[static_cast<size_t>(r)].seat = ROWS - 1 - r;
      draws[static_cast<size_t>(r)].position = static_cast<unsigned>(r);
    }
  }

  float* row(size_t r) { return logits.get() + r * VOCAB; }

  std::string run() {
    const float one = std::ldexp(1.0f, 62 - 11);
    simt::Outcome outcome = simt::launch({ROWS, DRAW_THREADS}, [&] {
      draw_tokens(drawn.get(), last.get(), logits.get(), draws.get(), lists.get(), VOCAB, one);
    });
    if (!outcome.failure.empty()) return outcome.failure;
    for (size_t r = 0; r < ROWS; ++r)
      if (last[ROWS - 1 - r] != std::max(0, drawn[r])) return "a seat has not its row's token";
    return "";
  }

  std::string verdict(const std::vector<int>& wanted) {
    std::string failure = run();
    for (size_t r = 0; r < ROWS && failure.empty(); ++r)
      if (drawn[r] != wanted[r])
        failure = "row " + std::to_string(r) + " draws " + std::to_string(drawn[r]) + " and not " + std::to_string(wanted[r]);
    return failure;
  }
};

/// Temperature 0 takes the lowest id of the largest logits; rows without a distribution say why.
std::string greedy_case() {
  Drawing drawing(31);
  for (size_t r = 0; r < ROWS; ++r) drawing.draws[r].temperature = 0;
  drawing.row(0)[700] = drawing.row(0)[20] = 50;
  drawing.row(1)[1099] = NAN;
  std::fill_n(drawing.row(2), VOCAB, -INFINITY);
  drawing.row(3)[1099] = 60;
  return drawing.verdict({20, NO_NUMBER, NOTHING_POSSIBLE, 1099});
}

/// The largest of logit + noise, the noise by the library's logarithm; cuts that leave one id leave the largest.
std::string noise_case() {
  Drawing drawing(32);
  std::vector<int> wanted(ROWS);
  for (size_t r = 0; r < 2; ++r) {
    double best = -INFINITY;
    for (int id = 0; id < VOCAB; ++id) {
      const double u = (static_cast<double>(draws::word_of(id, drawing.draws[r])) + 0.5) / 4294967296.0;
      const double value = static_cast<double>(drawing.row(r)[id]) - std::log(-std::log(u));
      if (value > best) {
        best = value;
        wanted[r] = id;
      }
    }
  }
  drawing.draws[2].top_k = 1;
  drawing.draws[3].top_p = 1e-6f;
  for (size_t r = 2; r < ROWS; ++r)
    wanted[r] = static_cast<int>(std::max_element(drawing.row(r), drawing.row(r) + VOCAB) - drawing.row(r));
  return drawing.verdict(wanted);
}

/// Penalties take the first place away, a bias gives it, a list keeps others out, and nothing may be left.
std::string lists_case() {
  Drawing drawing(33);
  const int lists[] = {5, 6, 2, 1, /* bias */ 8, 0, /* never */ 9, /* allowed */ 3, 4, 1000};
  std::copy(std::begin(lists), std::end(lists), drawing.lists.get());
  const float bias = 100;
  std::memcpy(&drawing.lists[5], &bias, sizeof bias);
  for (size_t r = 0; r < ROWS; ++r) {
    Draw& draw = drawing.draws[r];
    draw.temperature = 0;
    for (int id = 0; id < VOCAB; ++id) drawing.row(r)[id] = -static_cast<float>(id);
    drawing.row(r)[5] = 40;
    drawing.row(r)[6] = 30;
    draw.frequency = 30;
    draw.presence = 1;
    if (r > 0) draw.bias = 4, draw.bias_count = 1;
    if (r > 1) draw.allowed = 7, draw.allowed_count = 3;
    draw.history = 0;
    draw.history_count = 2;
  }
  drawing.draws[3].never = 7;
  drawing.draws[3].never_count = 3;
  return drawing.verdict({0, 8, 3, ALL_WITHHELD});
}

/// Ids that several cuts leave: of equal ones as many as top-p wants, and those that are near to the mean.
std::string cuts_case() {
  Drawing drawing(34);
  for (size_t r = 0; r < ROWS; ++r) {
    std::fill_n(drawing.row(r), VOCAB, -20.0f);
    for (int id : {3, 500, 900, 1099}) drawing.row(r)[id] = 1;
    drawing.draws[r].top_k = 4;
    drawing.draws[r].floor_z = -5;
  }
  drawing.draws[0].top_p = 0.2f;  // one of four equal ones
  drawing.draws[1].top_p = 0.5f;
  drawing.draws[2].typical_p = 0.3f;  // all four are as near
  std::string failure = drawing.run();
  if (!failure.empty()) return failure;
  if (drawing.drawn[0] != 3) return "the lowest of equal ids stays";
  if (drawing.drawn[1] != 3 && drawing.drawn[1] != 500) return "two of four stay";
  for (size_t r = 2; r < ROWS; ++r)
    if (drawing.row(r)[drawing.drawn[r]] != 1) return "an id was drawn that was cut";
  return "";
}

std::string last_tokens_case() {
  Array<int> tokens(300), last(3);
  for (int i = 0; i < 300; ++i) tokens[static_cast<size_t>(i)] = i % 5 - 4;  // seats 2, 1, 0, nothing, token 0
  for (size_t i = 0; i < 3; ++i) last[i] = static_cast<int>(10 + i);
  simt::Outcome outcome =
      simt::launch({2, LAST_TOKEN_THREADS}, [&] { take_last_tokens(tokens.get(), last.get(), 300); });
  if (!outcome.failure.empty()) return outcome.failure;
  const int wanted[] = {12, 11, 10, -1, 0};
  for (size_t i = 0; i < 300; ++i)
    if (tokens[i] != wanted[i % 5]) return "place " + std::to_string(i) + " holds " + std::to_string(tokens[i]);
  return "";
}

}  // namespace

const std::vector<Named> SAMPLING = {
    {"draw-greedy", greedy_case},
    {"draw-noise", noise_case},
    {"draw-lists", lists_case},
    {"draw-cuts", cuts_case},
    {"last-tokens", last_tokens_case},
};
