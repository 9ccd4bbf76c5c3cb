// Keys and values in pages: blocks of 16 tokens of one sequence. Needs device.cuh.
#pragma once

/// One layer's keys and values: `keys` and `values` point to this layer's part of block 0. Block b is b * block_stride
/// elements on; in it head g has [16 tokens][head_dim] from g * 16 * head_dim on, keys and values alike. A block holds all
/// layers, so block_stride is at least layers * 2 * kv_heads * 16 * head_dim.
template <class T>
struct Pages {
  static constexpr int TOKENS = 16;

  T *keys, *values;
  long long block_stride;
  int head_dim;

  /// Where token `token` of a sequence stands for one head; `table` holds the sequence's blocks in order.
  __device__ __forceinline__ size_t at(const int* table, int token, int head) const {
    return static_cast<size_t>(table[token / TOKENS]) * static_cast<size_t>(block_stride) +
           static_cast<size_t>((head * TOKENS + token % TOKENS) * head_dim);
  }
};
