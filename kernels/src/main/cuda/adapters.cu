// Adapters on rows of activations, the plain way. Sums and their order are those of the CPU's exact numerics, so a row's
// values do not depend on the others. A kernel gets the entries of one place: `first` of slot 0, and slot_bytes.
#include "device.cuh"
#include "exact.cuh"
#include "adapters.cuh"

constexpr int ADAPTER_THREADS = 256, ADAPTER_ROWS = ADAPTER_THREADS / exact::LANES;

/// The dot product of row `row` of a stored matrix and x, both `width` long, in each of the 16 lanes that ask; a whole warp
/// calls.
__device__ __forceinline__ float stored_dot(const void* elements, int type, int row, const float* x, int width) {
  const size_t first = static_cast<size_t>(row) * static_cast<size_t>(width);
  const int lane = static_cast<int>(threadIdx.x) % exact::LANES;
  return exact::tree(
      exact::partial(lane, width, [&](int k) { return make_float2(stored(elements, type, first + k), x[k]); }));
}

/// A quotient of whole rows: which of x's rows is that of row `row`, where `shared` rows read the same.
__device__ __forceinline__ const float* shared_row(const float* x, int row, int shared, int stride) {
  return x + static_cast<size_t>(row / shared) * static_cast<size_t>(stride);
}

/// h[rank] = dot(a[rank], x) for the 16 ranks of this part of the grid.
__device__ __forceinline__ void shrink_body(float* h, const float* x, const Delta& delta, int width) {
  if (delta.a == nullptr || static_cast<int>(blockIdx.x) * ADAPTER_ROWS >= delta.rank) return;
  const int rank = static_cast<int>(blockIdx.x) * ADAPTER_ROWS + static_cast<int>(threadIdx.x) / exact::LANES;
  const float sum = stored_dot(delta.a, delta.a_type, min(rank, delta.rank - 1), x, width);
  if (rank < delta.rank && threadIdx.x % exact::LANES == 0) h[rank] = sum;
}

/// First half of low-rank updates: h[j * h_stride + r] = dot(a[r], x[row[j]]) of each join j; x with a stride of rows. The
/// grid is (ceil(largest rank / ADAPTER_ROWS = 16), joins).
extern "C" __global__ void __launch_bounds__(ADAPTER_THREADS)
    adapter_shrink(float* h, const float* x, const Delta* first, int slot_bytes, const int* join_row, const int* join_slot,
                   int width, int x_stride, int h_stride) {
  const auto join = static_cast<size_t>(blockIdx.y);
  shrink_body(h + join * static_cast<size_t>(h_stride), shared_row(x, join_row[join], 1, x_stride),
              of_slot(first, join_slot[join], slot_bytes), width);
}

/// As adapter_shrink, of choices in place of rows: `first` is the entry of expert 0, expert_bytes from one to the next;
/// choice c reads x[c / shared], dense.
extern "C" __global__ void __launch_bounds__(ADAPTER_THREADS)
    expert_shrink(float* h, const float* x, const Delta* first, int slot_bytes, int expert_bytes, const int* chosen,
                  const int* join_choice, const int* join_slot, int width, int shared, int h_stride) {
  const auto join = static_cast<size_t>(blockIdx.y);
  const int choice = join_choice[join];
  shrink_body(h + join * static_cast<size_t>(h_stride), shared_row(x, choice, shared, width),
              of_slot(&of_slot(first, chosen[choice], expert_bytes), join_slot[join], slot_bytes), width);
}

/// As adapter_finish, of choices y, dense; what an adapter does to a choice comes before what the next one does.
extern "C" __global__ void __launch_bounds__(ADAPTER_THREADS)
    expert_finish(float* y, const float* h, const Delta* first, int slot_bytes, int expert_bytes, const int* chosen,
                  const int* join_begin, const int* join_slot, const float* join_weight, int width, int h_stride) {
  const int choice = static_cast<int>(blockIdx.y), begin = join_begin[choice], end = join_begin[choice + 1];
  const int out = static_cast<int>(blockIdx.x) * ADAPTER_THREADS + static_cast<int>(threadIdx.x);
  if (out >= width || begin == end) return;
  const Delta* of_expert = &of_slot(first, chosen[choice], expert_bytes);
  float* place = y + static_cast<size_t>(choice) * static_cast<size_t>(width) + out;
  float value = *place;
  for (int join = begin; join < end; ++join) {
    const Delta& delta = of_slot(of_expert, join_slot[join], slot_bytes);
    const float* shrunk = h + static_cast<size_t>(join) * static_cast<size_t>(h_stride);
    if (delta.a != nullptr)
      value = fmaf(join_weight[join], expanded(delta, out, [&](int r) { return shrunk[r]; }), value);
    if (delta.row_scale != nullptr) value = __fmul_rn(value, delta.row_scale[out]);
    if (delta.bias != nullptr) value = fmaf(join_weight[join], delta.bias[out], value);
  }
  *place = value;
}

/// The rest of what adapters do to the outputs y of a linear layer, as in `adapted`; y with a stride of rows. The grid is
/// (ceil(width / ADAPTER_THREADS = 256), rows).
extern "C" __global__ void __launch_bounds__(ADAPTER_THREADS)
    adapter_finish(float* y, const float* h, const Delta* first, int slot_bytes, const int* join_begin,
                   const int* join_slot, const float* join_weight, int width, int y_stride, int h_stride) {
  const int row = static_cast<int>(blockIdx.y), begin = join_begin[row], end = join_begin[row + 1];
  const int out = static_cast<int>(blockIdx.x) * ADAPTER_THREADS + static_cast<int>(threadIdx.x);
  if (out >= width || begin == end) return;
  float* place = y + static_cast<size_t>(row) * static_cast<size_t>(y_stride) + out;
  *place = adapted(*place, first, slot_bytes, begin, end, join_slot, join_weight, out, h, h_stride);
}

/// y = x, times the scales of inputs that the rows' adapters have; y, x [rows, width] with strides of rows. The grid is
/// (ceil(width / ADAPTER_THREADS = 256), rows).
extern "C" __global__ void __launch_bounds__(ADAPTER_THREADS)
    adapter_scale_inputs(float* y, const float* x, const Delta* first, int slot_bytes, const int* join_begin,
                         const int* join_slot, int width, int y_stride, int x_stride) {
  const auto row = static_cast<size_t>(blockIdx.y);
  const int in = static_cast<int>(blockIdx.x) * ADAPTER_THREADS + static_cast<int>(threadIdx.x);
  if (in >= width) return;
  float value = x[row * static_cast<size_t>(x_stride) + in];
  for (int join = join_begin[row]; join < join_begin[row + 1]; ++join) {
    const float* scale = of_slot(first, join_slot[join], slot_bytes).input_scale;
    if (scale != nullptr) value *= scale[in];
  }
  y[row * static_cast<size_t>(y_stride) + in] = value;
}

/// Outputs of rows of a matrix that adapters have of their own: y[row[j] * y_stride + id] = dot(rows[i], x[row[j]]) for each
/// join j and replaced row i; x dense, `width` long. The grid is (any, joins).
extern "C" __global__ void __launch_bounds__(ADAPTER_THREADS)
    adapter_replace_outputs(float* y, const float* x, const Replacement* first, int slot_bytes, const int* join_row,
                            const int* join_slot, int width, int y_stride) {
  const int join = static_cast<int>(blockIdx.y);
  const Replacement& replacement = of_slot(first, join_slot[join], slot_bytes);
  if (replacement.rows == nullptr) return;
  const auto row = static_cast<size_t>(join_row[join]);
  const float* input = x + row * static_cast<size_t>(width);
  const int step = static_cast<int>(gridDim.x) * ADAPTER_ROWS;
  for (int base = static_cast<int>(blockIdx.x) * ADAPTER_ROWS; base < replacement.count; base += step) {
    const int i = base + static_cast<int>(threadIdx.x) / exact::LANES;
    const float sum = stored_dot(replacement.rows, replacement.type, min(i, replacement.count - 1), input, width);
    if (i >= replacement.count || threadIdx.x % exact::LANES != 0) continue;
    const int id = replacement.ids == nullptr ? i : replacement.ids[i];
    y[row * static_cast<size_t>(y_stride) + id] = sum;
  }
}

/// Which row of a replacement is that of `id`; -1: none.
__device__ __forceinline__ int replaced_row(const Replacement& replacement, int id) {
  if (replacement.rows == nullptr) return -1;
  if (replacement.ids == nullptr) return id;
  int low = 0, high = replacement.count;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (replacement.ids[middle] < id) low = middle + 1;
    else high = middle;
  }
  return low < replacement.count && replacement.ids[low] == id ? low : -1;
}

/// Makes embeddings y [rows, width] those of the rows' adapters: `matrix` and then `some` in place of the base's row, then
/// `update` added; the three are entries of slot 0. The grid is (rows).
extern "C" __global__ void __launch_bounds__(ADAPTER_THREADS)
    adapter_embed(float* y, const Replacement* matrix, const Replacement* some, const Delta* update, int slot_bytes,
                  const int* join_begin, const int* join_slot, const float* join_weight, const int* tokens, int width) {
  const auto row = static_cast<size_t>(blockIdx.x);
  const int token = tokens[row], begin = join_begin[row], end = join_begin[row + 1];
  for (int out = static_cast<int>(threadIdx.x); out < width && begin < end; out += ADAPTER_THREADS) {
    float value = y[row * static_cast<size_t>(width) + out];
    for (int join = begin; join < end; ++join) {
      const int slot = join_slot[join];
      for (const Replacement* each : {matrix, some}) {
        const Replacement& replacement = of_slot(each, slot, slot_bytes);
        const int of = replaced_row(replacement, token);
        if (of < 0) continue;
        value = stored(replacement.rows, replacement.type, static_cast<size_t>(of) * static_cast<size_t>(width) + out);
      }
      const Delta& delta = of_slot(update, slot, slot_bytes);
      if (delta.a == nullptr) continue;
      const size_t picked = static_cast<size_t>(token) * static_cast<size_t>(delta.rank);
      const float sum = expanded(delta, out, [&](int r) { return stored(delta.a, delta.a_type, picked + r); });
      value = fmaf(join_weight[join], sum, value);
    }
    y[row * static_cast<size_t>(width) + out] = value;
  }
}
