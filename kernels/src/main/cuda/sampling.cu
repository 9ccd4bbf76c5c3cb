// Drawing tokens from logits: one block for each row that draws, in a launch of its own. The token is the one that the CPU's
// sampler draws from the same logits: every operation is an IEEE one in the CPU's order, sums are of integers, and the noise
// of an id is a function of seed, position and id alone. Selection needs no sorting: keys are bisected, with a sum over the
// block for each bit.
#include "device.cuh"
#include "exact.cuh"

constexpr int DRAW_THREADS = 512, LAST_TOKEN_THREADS = 256;

/// What is drawn in place of a token where none can be.
enum Undrawn { NO_NUMBER = -1, NOTHING_POSSIBLE = -2, ALL_WITHHELD = -3 };

/// How a row draws. Lists are places in an array of integers: `history` has ids and then how often each was drawn, `bias` has
/// ids and then floats, `never` and `allowed` have ids, those of `allowed` ascending; none allowed means all.
struct Draw {
  int row, seat;      // of the logits; whose last token the drawn one is, -1 for nobody's
  float temperature;  // 0: the largest logit
  float floor_z;      // negative infinity for no min-p
  float top_p, typical_p;
  int top_k;  // 0: off
  unsigned seed_low, seed_high, position;
  float repetition, frequency, presence;
  int history, history_count, bias, bias_count, never, never_count, allowed, allowed_count;
};

namespace draws {

constexpr float MOST = 3.402823466e+38f;

/// What `join` makes of the values of all threads, in every thread.
template <class T, class Join>
__device__ __forceinline__ T over_block(T value, Join join) {
  SHARED_ARRAY(T, warps, DRAW_THREADS / 32);
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value = join(value, __shfl_xor_sync(0xffffffffu, value, distance));
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = value;
  __syncthreads();
  T all = warps[0];
  for (int i = 1; i < DRAW_THREADS / 32; ++i) all = join(all, warps[i]);
  __syncthreads();  // the next values are written to the same places
  return all;
}

struct Larger {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const { return a > b ? a : b; }
};
struct Smaller {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const { return a < b ? a : b; }
};
struct Sum {
  template <class T>
  __device__ __forceinline__ T operator()(T a, T b) const { return a + b; }
};

/// A float that is not NaN as an integer of the same order, unsigned; both zeros are one value.
__device__ __forceinline__ unsigned ordered(float value) {
  const int bits = __float_as_int(value + 0.0f);
  return static_cast<unsigned>(bits) ^ (static_cast<unsigned>(bits >> 31) | 0x80000000u);
}

/// The largest logit; NaN if any is NaN.
__device__ __forceinline__ float largest(const float* x, int vocab) {
  float most = -INFINITY;
  int nan = 0;
  for (int id = static_cast<int>(threadIdx.x); id < vocab; id += DRAW_THREADS) {
    const float value = x[id];
    if (value != value) nan = 1;
    else most = value > most ? value : most;
  }
  most = over_block(most, Larger());
  return over_block(nan, Larger()) != 0 ? __int_as_float(0x7fc00000) : most;
}

__device__ __forceinline__ float bounded(float given, float changed) {
  if (given == -INFINITY) return given;
  return changed > MOST ? MOST : changed < -MOST ? -MOST : changed;
}

__device__ __forceinline__ bool contains(const int* ascending, int count, int id) {
  int low = 0, high = count;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (ascending[middle] < id) low = middle + 1;
    else high = middle;
  }
  return low < count && ascending[low] == id;
}

/// Penalties, bias and what is withheld, into the logits.
__device__ __forceinline__ void change(float* x, const Draw& draw, const int* lists, int vocab) {
  const int thread = static_cast<int>(threadIdx.x);
  for (int i = thread; i < draw.history_count; i += DRAW_THREADS) {
    const int id = lists[draw.history + i], drawn = lists[draw.history + draw.history_count + i];
    const float given = x[id];
    float value = given < 0.0f ? __fmul_rn(given, draw.repetition) : given / draw.repetition;
    if (drawn != 0) {
      value -= __fmul_rn(draw.frequency, static_cast<float>(drawn));
      value -= draw.presence;
    }
    x[id] = bounded(given, value);
  }
  __syncthreads();
  for (int i = thread; i < draw.bias_count; i += DRAW_THREADS) {
    const int id = lists[draw.bias + i];
    const float given = x[id];
    x[id] = bounded(given, given + __int_as_float(lists[draw.bias + draw.bias_count + i]));
  }
  __syncthreads();
  for (int i = thread; i < draw.never_count; i += DRAW_THREADS) x[lists[draw.never + i]] = -INFINITY;
  __syncthreads();
  if (draw.allowed_count > 0)
    for (int id = thread; id < vocab; id += DRAW_THREADS)
      if (!contains(lists + draw.allowed, draw.allowed_count, id)) x[id] = -INFINITY;
  __syncthreads();
}

/// The ids that cuts leave of a row whose largest logit is `most`: z = (logit - most) / temperature.
struct Row {
  const float* x;
  int vocab;
  float most, temperature;
  float one;  // weight of z = 0: exp(z) * one are integers whose sum stays below 2^62
  float floor_z;
  unsigned least = 0;      // smallest key of a logit
  int tie_end;             // of ids with that very key, those below it
  bool typical = false;
  double mean = 0;         // of z
  unsigned farthest = 0;   // largest key of a distance from the mean

  __device__ __forceinline__ float z(int id) const { return (x[id] - most) / temperature; }
  __device__ __forceinline__ unsigned distance(float z_of) const {
    return ordered(static_cast<float>(fabs(static_cast<double>(z_of) - mean)));
  }
  __device__ __forceinline__ bool keeps(int id) const {
    const float logit = x[id];
    if (!(logit >= -MOST)) return false;
    const unsigned key = ordered(logit);
    if (key < least || (key == least && id >= tie_end)) return false;
    const float of = (logit - most) / temperature;
    return of >= floor_z && (!typical || distance(of) <= farthest);
  }
  __device__ __forceinline__ long long weight(int id) const { return static_cast<long long>(exact::exp(z(id)) * one); }

  /// The sum of `mass(id)` over the ids that are left and of which `holds(id)`.
  template <class Holds, class Mass>
  __device__ __forceinline__ long long sum(Holds holds, Mass mass) const {
    long long own = 0;
    for (int id = static_cast<int>(threadIdx.x); id < vocab; id += DRAW_THREADS)
      if (keeps(id) && holds(id)) own += mass(id);
    return over_block(own, Sum());
  }

  /// The smallest key such that the mass of the ids up to it is above the limit, which is less than the mass of all.
  template <class Key, class Mass>
  __device__ __forceinline__ unsigned boundary(Key key, Mass mass, long long limit) const {
    unsigned low = 0, high = 0xffffffffu;
    while (low < high) {
      const unsigned middle = low + (high - low) / 2;
      if (sum([&](int id) { return key(id) <= middle; }, mass) > limit) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /// Leaves the k largest and all that equal the k-th.
  __device__ __forceinline__ void cut_top_k(int k) {
    const auto one_each = [](int) { return 1ll; };
    const long long size = sum([](int) { return true; }, one_each);
    if (k < size) least = boundary([&](int id) { return ordered(x[id]); }, one_each, size - k);
  }

  /// Takes ids from the bottom while what is taken is at most 1 - p of all; of equal ones the lowest stay.
  __device__ __forceinline__ void cut_top_p(float p) {
    const auto own = [&](int id) { return weight(id); };
    const auto key = [&](int id) { return ordered(x[id]); };
    const long long total = sum([](int) { return true; }, own);
    const auto cut = static_cast<long long>((1.0 - static_cast<double>(p)) * static_cast<double>(total));
    const long long limit = cut < total - 1 ? cut : total - 1;
    const unsigned at = boundary(key, own, limit);
    const long long below = sum([&](int id) { return key(id) < at; }, own);
    const long long equal = sum([&](int id) { return key(id) == at; }, [](int) { return 1ll; });
    const long long each = sum([&](int id) { return key(id) == at; }, own) / equal;
    const long long stay = equal - (limit - below) / each;
    if (stay < equal) {
      int low = 0, high = vocab;  // the smallest end with as many before it
      while (low < high) {
        const int middle = (low + high) / 2;
        if (sum([&](int id) { return key(id) == at && id < middle; }, [](int) { return 1ll; }) >= stay) high = middle;
        else low = middle + 1;
      }
      tie_end = low;
    }
    least = at;
  }

  /// Leaves those whose information is nearest to the mean one, as few as weigh p of all, and all as near as the last one.
  __device__ __forceinline__ void cut_typical_p(float p) {
    const auto own = [&](int id) { return weight(id); };
    const long long total = sum([](int) { return true; }, own);
    const long long information = sum([](int) { return true; }, [&](int id) {
      const float of = z(id);
      return weight(id) == 0 ? 0ll : static_cast<long long>(exact::exp(of) * -of * one);
    });
    mean = -(static_cast<double>(information) / static_cast<double>(total));
    const auto wanted = static_cast<long long>(ceil(static_cast<double>(p) * static_cast<double>(total)));
    const long long limit = (wanted < total ? wanted : total) - 1;
    farthest = boundary([&](int id) { return distance(z(id)); }, own, limit);
    typical = true;
  }
};

/// The random word of an id: Philox4x32-10, word id mod 4 of the block with counter (id / 4, 0, position, 0).
__device__ __forceinline__ unsigned word_of(int id, const Draw& draw) {
  unsigned c0 = static_cast<unsigned>(id) / 4, c1 = 0, c2 = draw.position, c3 = 0, k0 = draw.seed_low, k1 = draw.seed_high;
#pragma unroll 1
  for (int round = 0; round < 10; ++round) {
    const unsigned high0 = __umulhi(0xD2511F53u, c0), low0 = 0xD2511F53u * c0;
    const unsigned high2 = __umulhi(0xCD9E8D57u, c2), low2 = 0xCD9E8D57u * c2;
    c0 = high2 ^ c1 ^ k0;
    c1 = low2;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const unsigned low = id % 2 == 0 ? c0 : c1, high = id % 2 == 0 ? c2 : c3;
  return id % 4 < 2 ? low : high;
}

/// The standard Gumbel noise of a word.
__device__ __forceinline__ double noise(unsigned word) {
  return -exact::log(-exact::log((static_cast<double>(word) + 0.5) * 0x1p-32));
}

/// The id with the largest z + noise, the lowest one among equals.
__device__ __forceinline__ int noisiest(const Row& row, const Draw& draw) {
  const double infinity = __longlong_as_double(0x7ff0000000000000ll);
  double best = -infinity;
  int token = row.vocab;
  for (int id = static_cast<int>(threadIdx.x); id < row.vocab; id += DRAW_THREADS) {
    if (!row.keeps(id)) continue;
    const unsigned word = word_of(id, draw);
    // A word that begins with n ones has no noise above (n + 1) ln 2.
    const double z = row.z(id), bound = (__clz(static_cast<int>(~word)) + 1) * 0.6931472 + 1e-6;
    if (z + bound < best) continue;
    const double sum = z + noise(word);
    if (sum > best) {
      best = sum;
      token = id;
    }
  }
  const double most = over_block(best, Larger());
  return over_block(best == most ? token : row.vocab, Smaller());
}

__device__ __forceinline__ int drawn(float* x, const Draw& draw, const int* lists, int vocab, float one) {
  float most = largest(x, vocab);
  if (most == -INFINITY) return NOTHING_POSSIBLE;
  if (!(most <= MOST)) return NO_NUMBER;
  if (draw.history_count + draw.bias_count + draw.never_count + draw.allowed_count > 0) {
    change(x, draw, lists, vocab);
    most = largest(x, vocab);
    if (most == -INFINITY) return ALL_WITHHELD;
  }
  if (draw.temperature == 0.0f) {
    int token = vocab;
    for (int id = static_cast<int>(threadIdx.x); id < vocab && token == vocab; id += DRAW_THREADS)
      if (x[id] == most) token = id;
    return over_block(token, Smaller());
  }
  Row row{x, vocab, most, draw.temperature, one, draw.floor_z, 0, vocab};
  if (draw.top_k > 0 && draw.top_k < vocab) row.cut_top_k(draw.top_k);
  if (draw.top_p < 1.0f) row.cut_top_p(draw.top_p);
  if (draw.typical_p < 1.0f) row.cut_typical_p(draw.typical_p);
  return noisiest(row, draw);
}

}  // namespace draws

/// Draws a token for each of the grid's rows: drawn[i] is that of draws[i], or an Undrawn; last_tokens[seat] is the token, 0
/// where none was drawn; no two rows have one seat. logits [rows, vocab] hold anything afterwards, those of rows that drew. `one` is 2^(62 - bits of
/// vocab). The grid is (draws).
extern "C" __global__ void __launch_bounds__(DRAW_THREADS, 1)
    draw_tokens(int* drawn, int* last_tokens, float* logits, const Draw* of, const int* lists, int vocab, float one) {
  const Draw draw = of[blockIdx.x];
  const int token = draws::drawn(logits + static_cast<size_t>(draw.row) * static_cast<size_t>(vocab), draw, lists, vocab, one);
  if (threadIdx.x != 0) return;
  drawn[blockIdx.x] = token;
  if (draw.seat >= 0) last_tokens[draw.seat] = token < 0 ? 0 : token;
}

/// Puts tokens in the places that wait for them: where tokens[i] is -2 - s, the last token of seat s.
extern "C" __global__ void __launch_bounds__(LAST_TOKEN_THREADS)
    take_last_tokens(int* tokens, const int* last_tokens, int count) {
  const int i = static_cast<int>(blockIdx.x) * LAST_TOKEN_THREADS + static_cast<int>(threadIdx.x);
  if (i < count && tokens[i] < -1) tokens[i] = last_tokens[-2 - tokens[i]];
}
