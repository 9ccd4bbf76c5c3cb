// Linear layers of steps of at most 4 rows, in one launch with what comes before and after them: the norm of their input,
// low-rank updates of adapters, and what a shape does with an output. Weights of 16 bits go through a ring in shared
// memory, so that many bytes of each row are on their way at once; the first ones are asked for before anything else is
// done. Sums are those of exact.cuh: the bits are those of the kernels for any number of rows. Needs device.cuh, exact.cuh
// and adapters.cuh.
#pragma once

namespace fused {

constexpr int THREADS = 256, WARPS = THREADS / 32;
constexpr int LANES = 8, WARP_ROWS = 32 / LANES;  // lanes of a row of weights: each has two of its 16 partial sums
constexpr int ROWS = WARPS * WARP_ROWS;           // of a tile of weights
constexpr int STAGES = 4, STAGE_BYTES = 256;      // of a row of weights
constexpr int PIECE = 16;                         // bytes of one copy
constexpr int INPUTS = 3072;                      // floats of the input that are held at once
constexpr int JOINS_MAX = 64;                     // of a step

/// A row of stored elements for each 8 lanes, on its way through the warp's ring.
struct Rows {
  const char* row;
  int bytes;   // of the row
  char* ring;  // [STAGES][WARP_ROWS][STAGE_BYTES]

  __device__ __forceinline__ int steps() const { return (bytes + STAGE_BYTES - 1) / STAGE_BYTES; }

  /// Where byte `at` of a stage of this lane's row is. Pieces are swizzled so that the rows of a warp meet no bank twice.
  __device__ __forceinline__ char* place(int step, int at) const {
    const int number = static_cast<int>(threadIdx.x) % 32 / LANES;
    return ring + (step % STAGES * WARP_ROWS + number) * STAGE_BYTES + ((at / PIECE) ^ (number * 2)) * PIECE + at % PIECE;
  }

  __device__ __forceinline__ void fill(int step) const {
    const bool whole = bytes % PIECE == 0;
#pragma unroll
    for (int i = 0; i < STAGE_BYTES / PIECE / LANES; ++i) {
      const int at = (static_cast<int>(threadIdx.x) % LANES + i * LANES) * PIECE, from = step * STAGE_BYTES + at;
      if (whole) {
        if (from < bytes) device::copy_async16(place(step, at), row + from);
        continue;
      }
#pragma unroll 1
      for (int word = 0; word < PIECE; word += 4)
        if (from + word < bytes)
          *reinterpret_cast<uint32_t*>(place(step, at + word)) = *reinterpret_cast<const uint32_t*>(row + from + word);
    }
    device::copy_async_commit();
  }

  __device__ __forceinline__ void start() const {
#pragma unroll 1
    for (int step = 0; step < STAGES - 1; ++step) fill(step);
  }

  /// A stage is there, and the one before it is free.
  __device__ __forceinline__ void await(int step) const {
    device::copy_async_wait<STAGES - 2>();
    __syncwarp();
    fill(step + STAGES - 1);
  }

  __device__ __forceinline__ void end() const {
    device::copy_async_wait<0>();
    __syncwarp();
  }
};

/// Pairs of elements whose type is known.
template <class T>
struct Pairs {
  static constexpr bool KNOWN = true;

  static __device__ __forceinline__ constexpr int bytes() { return 2; }
  __device__ __forceinline__ float2 operator()(const char* place) const {
    return device::unpack<T>(*reinterpret_cast<const uint32_t*>(place));
  }
};

/// Pairs of elements of a stored type.
struct StoredPairs {
  static constexpr bool KNOWN = false;

  int type;

  __device__ __forceinline__ int bytes() const { return type == STORED_F32 ? 4 : 2; }
  __device__ __forceinline__ float2 operator()(const char* place) const {
    if (type == STORED_F32) return *reinterpret_cast<const float2*>(place);
    const uint32_t pair = *reinterpret_cast<const uint32_t*>(place);
    return type == STORED_BF16 ? device::unpack<device::bf16>(pair) : device::unpack<device::fp16>(pair);
  }
};

/// Rows of activations x [tokens, cols], row t being that of number from[t], or t if `from` is null; normalised if `norm`
/// [cols] is not null. All threads of a block call together.
template <int TOKENS>
struct Input {
  static constexpr int COLUMNS = INPUTS / TOKENS;  // held at once

  const float* x;
  const int* from;
  const float* norm;
  int tokens, cols, stride;
  float* held;     // [TOKENS, COLUMNS]
  float* factors;  // [TOKENS]
  int begin;       // the first column that is held, or -1

  __device__ __forceinline__ void hold(int column, bool normed) {
    __syncthreads();  // those before are not needed any more
#pragma unroll 1
    for (int i = static_cast<int>(threadIdx.x); i < TOKENS * COLUMNS; i += THREADS) {
      const int token = i / COLUMNS, k = column + i % COLUMNS;
      if (k >= cols) continue;
      float value = 0;
      if (token < tokens) {
        const int row = from == nullptr ? token : from[token];
        value = x[static_cast<size_t>(row) * static_cast<size_t>(stride) + k];
        if (normed) value = value * factors[token] * norm[k];
      }
      held[i] = value;
    }
    __syncthreads();
    begin = column;
  }

  /// The columns from a multiple of 64 on.
  __device__ __forceinline__ const float* at(int column) {
    const int first = column / COLUMNS * COLUMNS;
    if (first != begin) hold(first, norm != nullptr);
    return held + (column - first);
  }

  /// The factors of an RMS norm. Half a warp makes the sum of a row.
  __device__ __forceinline__ void normalise(float eps) {
    const int thread = static_cast<int>(threadIdx.x), lane = thread % exact::LANES;
    const int token = min(thread / exact::LANES, TOKENS - 1);
    const bool sums = thread < (TOKENS + 1) / 2 * 32;
    float sum = 0;
    for (int column = 0; column < cols; column += COLUMNS) {
      hold(column, false);
      const float* row = held + token * COLUMNS;
      const int count = min(COLUMNS, cols - column);
#pragma unroll 8
      for (int k = lane; k < count && sums; k += exact::LANES) sum = fmaf(row[k], row[k], sum);
    }
    begin = -1;
    if (!sums) return;
    sum = exact::tree(cols % exact::LANES != 0 && lane >= cols % exact::LANES ? sum + 0.0f : sum);
    if (thread % exact::LANES == 0 && thread / exact::LANES == token) factors[token] = 1.0f / sqrtf(sum / static_cast<float>(cols) + eps);
  }
};

/// Dot products of this lane's row with each row of the input, in each of the row's 8 lanes.
template <int TOKENS, class Of>
__device__ __forceinline__ void multiply(float (&sums)[TOKENS], const Rows& rows, Of pairs, Input<TOKENS>& input) {
  const int lane = static_cast<int>(threadIdx.x) % LANES, columns = STAGE_BYTES / pairs.bytes(), steps = rows.steps();
  float even[TOKENS] = {}, odd[TOKENS] = {};
  for (int step = 0; step < steps; ++step) {
    const float* x = input.at(step * columns);
    const int count = input.cols - step * columns;
    rows.await(step);
    const auto pair = [&](int k) {
      if (k >= count) return;
      const float2 w = pairs(rows.place(step, k * pairs.bytes()));
#pragma unroll
      for (int t = 0; t < TOKENS; ++t) {
        const float2 v = *reinterpret_cast<const float2*>(x + t * Input<TOKENS>::COLUMNS + k);
        even[t] = fmaf(w.x, v.x, even[t]);
        odd[t] = fmaf(w.y, v.y, odd[t]);
      }
    };
    if constexpr (Of::KNOWN) {
#pragma unroll
      for (int i = 0; i < columns / exact::LANES; ++i) pair(lane * 2 + i * exact::LANES);
    } else {
#pragma unroll 1
      for (int i = 0; i < columns / exact::LANES; ++i) pair(lane * 2 + i * exact::LANES);
    }
  }
  rows.end();
  const int tail = input.cols % exact::LANES;
  const bool outside = tail != 0 && lane * 2 >= tail;
#pragma unroll
  for (int t = 0; t < TOKENS; ++t) {
    if (outside) {
      even[t] += 0.0f;
      odd[t] += 0.0f;
    }
#pragma unroll
    for (int distance = LANES / 2; distance > 0; distance /= 2) {  // those of 8, 4 and 2 partial sums
      even[t] += __shfl_xor_sync(0xffffffffu, even[t], distance);
      odd[t] += __shfl_xor_sync(0xffffffffu, odd[t], distance);
    }
    sums[t] = even[t] + odd[t];
  }
}

/// The joins of a step, as in adapters.cuh; none if `begin` is null. h [matrices][JOINS_MAX] has rows of h_stride floats.
/// counters [2] are zero before and after a kernel.
struct Joined {
  const int *begin, *slot;
  const float* weight;
  int slot_bytes;
  float* h;
  int h_stride;
  unsigned* counters;
};

/// First halves of low-rank updates: ROWS ranks from `rank` on, of the adapter in one slot, for one of the matrices.
struct Shrink {
  const Delta* delta;
  int matrix, slot, rank;
};

/// How many of them the joins of all matrices need; `found` is number `job`, if there is one. An adapter is read once,
/// however many rows have it.
template <int MATRICES>
__device__ __forceinline__ int shrinks(const Delta* const (&first)[MATRICES], const Joined& joined, int joins, int job,
                                       Shrink& found) {
  int count = 0;
#pragma unroll
  for (int m = 0; m < MATRICES; ++m)
    for (int join = 0; join < joins; ++join) {
      const int slot = joined.slot[join];
      bool before = false;
      for (int other = 0; other < join; ++other) before |= joined.slot[other] == slot;
      const Delta& delta = of_slot(first[m], slot, joined.slot_bytes);
      if (before || delta.a == nullptr) continue;
      const int parts = (delta.rank + ROWS - 1) / ROWS;
      if (job >= count && job < count + parts) found = {&delta, m, slot, (job - count) * ROWS};
      count += parts;
    }
  return count;
}

/// Keeps one output of a first half for the joins of row `token` that have it.
__device__ __forceinline__ void keep(const Joined& joined, const Shrink& shrink, int rank, int token, int tokens,
                                     float value) {
  if (rank >= shrink.delta->rank || token >= tokens) return;
  for (int join = joined.begin[token]; join < joined.begin[token + 1]; ++join)
    if (joined.slot[join] == shrink.slot)
      joined.h[(shrink.matrix * JOINS_MAX + join) * static_cast<size_t>(joined.h_stride) + rank] = value;
}

/// An output of one of the matrices of a layer.
struct Place {
  int matrix, row;
};

/// Numbers of jobs for the blocks of a grid of any size. Where `first` jobs must be under way before any other begins,
/// blocks take them as they come, by a counter that is zero again after the last block; else they are dealt out. All
/// threads of a block call.
struct Jobs {
  int first, count;
  unsigned* counters;  // the second counts first jobs that are done
  int number = -1;

  /// False after the last one.
  __device__ __forceinline__ bool next() {
    if (first == 0) {
      number = number < 0 ? static_cast<int>(blockIdx.x) : number + static_cast<int>(gridDim.x);
      return number < count;
    }
    SHARED_VALUE(unsigned, ticket);
    const unsigned last = static_cast<unsigned>(count) + gridDim.x - 1;  // each block takes one that is none
    __syncthreads();  // the one before was read
    if (threadIdx.x == 0) {
      ticket = device::increment_acq_rel(counters, last);
      if (ticket == last) counters[1] = 0;
    }
    __syncthreads();
    number = static_cast<int>(ticket);
    return number < count;
  }

  __device__ __forceinline__ void end_first() const {
    __syncthreads();
    if (threadIdx.x == 0) device::add_release(counters + 1, 1);
  }

  /// Until all first jobs are done.
  __device__ __forceinline__ void await_first() const {
    while (threadIdx.x == 0 && device::load_acquire(counters + 1) != static_cast<unsigned>(first)) __nanosleep(20);
    __syncthreads();
  }
};

/// All jobs of a linear layer. A shape says where its rows of weights are and what becomes of an output:
///   MATRICES; rows(), even; place(number) -> {matrix, row}; weights(matrix), [.., cols]; bias(matrix), null for none;
///   deltas [MATRICES], entries of slot 0; write(token, place, value, partner), where `partner` is the value of number ^ 1.
template <class T, int TOKENS, class Shape>
__device__ __forceinline__ void linear(const Shape& shape, const float* x, const int* from, int tokens, int cols,
                                       int x_stride, const float* norm, float eps, const Joined& joined) {
  SHARED_ARRAY(uint4, ring, WARPS * STAGES * WARP_ROWS * STAGE_BYTES / 16);
  SHARED_ARRAY(float2, held, INPUTS / 2);
  SHARED_ARRAY(float, factors, TOKENS);
  const int thread = static_cast<int>(threadIdx.x), number = thread / LANES, token = thread % LANES;
  char* own = reinterpret_cast<char*>(ring) + thread / 32 * (STAGES * WARP_ROWS * STAGE_BYTES);
  Input<TOKENS> input{x, from, norm, tokens, cols, x_stride, reinterpret_cast<float*>(held), factors, -1};
  Shrink shrink{};
  const int joins = joined.begin == nullptr ? 0 : joined.begin[tokens];
  const int before = shrinks(shape.deltas, joined, joins, -1, shrink), tiles = (shape.rows() + ROWS - 1) / ROWS;
  Jobs jobs{before, before + tiles, joined.counters};
  bool normed = norm == nullptr, shrunk = before == 0;
  while (jobs.next()) {
    const bool is_tile = jobs.number >= before;
    const int at = is_tile ? (jobs.number - before) * ROWS + number : 0;
    const Place place = shape.place(min(at, shape.rows() - 1));
    const char* first = reinterpret_cast<const char*>(shape.weights(place.matrix));
    int row = place.row, bytes = cols * 2;
    if (!is_tile) {
      shrinks(shape.deltas, joined, joins, jobs.number, shrink);
      first = static_cast<const char*>(shrink.delta->a);
      row = min(shrink.rank + number, shrink.delta->rank - 1);
      bytes = cols * StoredPairs{shrink.delta->a_type}.bytes();
    }
    const Rows rows{first + static_cast<size_t>(row) * static_cast<size_t>(bytes), bytes, own};
    rows.start();
    if (!normed) input.normalise(eps);
    normed = true;
    float sums[TOKENS];
    if (is_tile) multiply(sums, rows, Pairs<T>{}, input);
    else multiply(sums, rows, StoredPairs{shrink.delta->a_type}, input);
    float value = sums[0];
#pragma unroll
    for (int t = 1; t < TOKENS; ++t) value = token == t ? sums[t] : value;
    if (!is_tile) {
      keep(joined, shrink, shrink.rank + number, token, tokens, value);
      jobs.end_first();
      continue;
    }
    if (!shrunk) jobs.await_first();
    shrunk = true;
    const bool inside = at < shape.rows() && token < tokens;
    if (inside && joins > 0) {
      const float* h = joined.h + place.matrix * static_cast<size_t>(JOINS_MAX) * joined.h_stride;
      value = adapted(value, shape.delta(place.matrix), joined.slot_bytes, joined.begin[token], joined.begin[token + 1],
                      joined.slot, joined.weight, place.row, h, joined.h_stride);
    }
    if (inside && shape.bias(place.matrix) != nullptr) value += shape.bias(place.matrix)[place.row];
    const float partner = __shfl_xor_sync(0xffffffffu, value, LANES);
    if (inside) shape.write(token, place, value, partner);
  }
}

}  // namespace fused
