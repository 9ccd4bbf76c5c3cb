// Where queries, keys or values stand in rows of activations. Needs device.cuh.
#pragma once

/// `groups` groups of `per_group` heads: head i of group g of row r begins at r * row_stride + g * group_stride +
/// i * head_dim. Queries have a group for each key/value head; keys and values have groups of one. Three layouts are in
/// use: matrices of their own (group_stride = per_group * head_dim), all queries, then all keys, then all values in one
/// row, and per group its queries, key and value; in the last two the pointer points to the first query, key or value.
struct Heads {
  int groups, per_group, head_dim, row_stride, group_stride;

  __device__ __forceinline__ int count() const { return groups * per_group; }
  __device__ __forceinline__ size_t at(unsigned row, int head) const {
    return static_cast<size_t>(row) * static_cast<size_t>(row_stride) +
           static_cast<size_t>(head / per_group * group_stride + head % per_group * head_dim);
  }
};
