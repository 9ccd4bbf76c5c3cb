// Rotary positions.
#include "device.cuh"
#include "heads.cuh"

constexpr int ROPE_THREADS = 256;

/// Rotates the first `rotary_dim` elements of each head of x in place: element i with i + rotary_dim / 2, or interleaved,
/// 2i with 2i + 1. cos, sin [angles, rotary_dim / 2]; row r takes those of number angle[r], of number r if `angle` is
/// null. x as in heads.cuh. The grid is (rows).
extern "C" __global__ void __launch_bounds__(ROPE_THREADS)
    rope(float* x, const float* cos, const float* sin, const int* angle, int groups, int per_group, int head_dim,
         int row_stride, int group_stride, int rotary_dim, int interleaved) {
  const Heads heads{groups, per_group, head_dim, row_stride, group_stride};
  const int half = rotary_dim / 2;
  const auto number = static_cast<size_t>(angle == nullptr ? static_cast<int>(blockIdx.x) : angle[blockIdx.x]);
  const size_t angles = number * static_cast<size_t>(half);
  for (int pair = static_cast<int>(threadIdx.x); pair < heads.count() * half; pair += ROPE_THREADS) {
    const int i = pair % half;
    float* first = x + heads.at(blockIdx.x, pair / half) + (interleaved ? 2 * i : i);
    float* second = first + (interleaved ? 1 : half);
    const float a = *first, b = *second, c = cos[angles + i], s = sin[angles + i];
    *first = fmaf(-b, s, a * c);
    *second = fmaf(a, s, b * c);
  }
}
