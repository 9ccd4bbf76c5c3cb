// Reads memory and does nothing else: what the kernels of a model are measured by.
#include "device.cuh"

constexpr int READ_THREADS = 256;

/// Sums, modulo 2^32, of all words of x [count], one for each thread of the grid, any number of blocks; count is in units
/// of 4 words. Four reads are on their way before the first is used. With no words it writes zeros, the least that a
/// kernel can do.
extern "C" __global__ void __launch_bounds__(READ_THREADS) read_words(unsigned* sums, const uint4* x, long long count) {
  const long long stride = static_cast<long long>(gridDim.x) * READ_THREADS;
  const long long thread = static_cast<long long>(blockIdx.x) * READ_THREADS + static_cast<long long>(threadIdx.x);
  unsigned sum = 0;
  long long i = thread;
  for (; i + 3 * stride < count; i += 4 * stride) {
    const uint4 a = x[i], b = x[i + stride], c = x[i + 2 * stride], d = x[i + 3 * stride];
    sum += (a.x + a.y + a.z + a.w) + (b.x + b.y + b.z + b.w) + (c.x + c.y + c.z + c.w) + (d.x + d.y + d.z + d.w);
  }
  for (; i < count; i += stride) sum += x[i].x + x[i].y + x[i].z + x[i].w;
  sums[thread] = sum;
}
