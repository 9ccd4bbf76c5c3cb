// What adapters do, as kernels find it: a table with a record for each slot, and the joins of a step: row r has the joins
// [begin[r], begin[r + 1]), in the order of their segments; join j is that of row row[j] with the adapter of slot slot[j],
// times weight[j]. Needs device.cuh.
#pragma once

/// Types of stored elements, by number.
enum StoredType { STORED_F32, STORED_BF16, STORED_FP16 };

/// What an adapter does to a linear layer: y = row_scale * (W (input_scale * x) + B A x) + bias. Null where it does not.
struct Delta {
  const void *a, *b;  // [rank, in], [out, rank]; of an embedding a is [tokens, rank]
  const float *row_scale, *input_scale, *bias;  // [out], [in], [out]
  int rank, a_type, b_type, unused;
};

/// Rows [count, width] in place of those of a matrix: row i that of ids[i], ascending; of i if `ids` is null. None if
/// `rows` is null.
struct Replacement {
  const void* rows;
  const int* ids;
  int count, type;
};

/// The entry of a slot; `first` is that of slot 0, entries of the same place are slot_bytes apart.
template <class T>
__device__ __forceinline__ const T& of_slot(const T* first, int slot, int slot_bytes) {
  const char* at = reinterpret_cast<const char*>(first) + static_cast<size_t>(slot) * static_cast<size_t>(slot_bytes);
  return *reinterpret_cast<const T*>(at);
}

__device__ __forceinline__ float stored(const void* elements, int type, size_t index) {
  if (type == STORED_F32) return static_cast<const float*>(elements)[index];
  if (type == STORED_BF16) return device::to_float(static_cast<const device::bf16*>(elements)[index]);
  return device::to_float(static_cast<const device::fp16*>(elements)[index]);
}

/// The sum over r of b[out][r] * h[r]: one chain, r ascending.
template <class H>
__device__ __forceinline__ float expanded(const Delta& delta, int out, H h) {
  const size_t row = static_cast<size_t>(out) * static_cast<size_t>(delta.rank);
  float sum = 0;
  for (int r = 0; r < delta.rank; ++r) sum = fmaf(stored(delta.b, delta.b_type, row + r), h(r), sum);
  return sum;
}

/// Output `out` of a row after its joins [begin, end): second halves of low-rank updates, whose first ones are in h [joins],
/// then scales of outputs, then biases.
__device__ __forceinline__ float adapted(float value, const Delta* first, int slot_bytes, int begin, int end,
                                         const int* join_slot, const float* join_weight, int out, const float* h,
                                         int h_stride) {
  for (int join = begin; join < end; ++join) {
    const Delta& delta = of_slot(first, join_slot[join], slot_bytes);
    if (delta.a == nullptr) continue;
    const float* shrunk = h + join * static_cast<size_t>(h_stride);
    value = fmaf(join_weight[join], expanded(delta, out, [&](int r) { return shrunk[r]; }), value);
  }
  for (int join = begin; join < end; ++join) {
    const float* scale = of_slot(first, join_slot[join], slot_bytes).row_scale;
    if (scale != nullptr) value = __fmul_rn(value, scale[out]);
  }
  for (int join = begin; join < end; ++join) {
    const float* bias = of_slot(first, join_slot[join], slot_bytes).bias;
    if (bias != nullptr) value = fmaf(join_weight[join], bias[out], value);
  }
  return value;
}
