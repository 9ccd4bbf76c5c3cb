// The project's own elementary functions and sums, operation by operation as the CPU's exact numerics define them (class
// ExactMath and the scalar face): the same bits on every device. Products that feed a sum are written as __fmul_rn, since a
// compiler may otherwise join the two into one rounding. Needs device.cuh.
#pragma once

namespace exact {

constexpr int LANES = 16;  // partial sums of a dot product: k goes to number k mod 16

/// The sum over the 16 lanes of the caller's half of a warp, in each of them: a tree of distances 8, 4, 2, 1. All 32 lanes
/// call.
__device__ __forceinline__ float tree(float value) {
#pragma unroll
  for (int distance = 8; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
  return value;
}

/// A lane's partial sum of the dot product of `width` elements, those with k mod 16 = lane, k ascending; `at(k)` is the
/// pair of factors. Elements beyond the width count as zeros, up to a multiple of 16.
template <class At>
__device__ __forceinline__ float partial(int lane, int width, At at) {
  float sum = 0;
  for (int k = lane; k < width; k += LANES) {
    const float2 factors = at(k);
    sum = fmaf(factors.x, factors.y, sum);
  }
  return width % LANES != 0 && lane >= width % LANES ? sum + 0.0f : sum;
}

__device__ __forceinline__ float power_of_two(int n) { return __int_as_float((n + 127) << 23); }

/// e^x; 0 below -105, infinite above 88.73, NaN for NaN.
__device__ __forceinline__ float exp(float x) {
  float v = x < -105.0f ? -105.0f : x;
  v = v > 89.0f ? 89.0f : v;
  const float shifted = fmaf(v, 0x1.715476p+0f, 0x1.8p23f);  // rounds x / ln 2 to an integer in the low bits
  const int n = __float_as_int(shifted) - __float_as_int(0x1.8p23f);
  const float whole = shifted - 0x1.8p23f;
  const float r = fmaf(whole, -0x1.7f7d1cp-20f, fmaf(whole, -0x1.62e4p-1f, v));
  float q = fmaf(0x1.6a244ap-10f, r, 0x1.1239e2p-7f);
  q = fmaf(q, r, 0x1.5558f2p-5f);
  q = fmaf(q, r, 0x1.555492p-3f);
  q = fmaf(q, r, 0x1.fffffcp-2f);
  const float p = fmaf(q, r * r, r) + 1.0f;
  const int half = n >> 1;  // two factors: 2^n itself may lie outside the normal range
  return __fmul_rn(p * power_of_two(half), power_of_two(n - half));
}

/// Natural logarithm, about 1 ulp.
__device__ __forceinline__ double log(double x) {
  const double infinity = __longlong_as_double(0x7ff0000000000000ll);
  if (!(x > 0) || x == infinity) return x == 0 ? -infinity : x > 0 ? x : __longlong_as_double(0x7ff8000000000000ll);
  const bool subnormal = x < 0x1p-1022;
  const long long bits = __double_as_longlong(subnormal ? x * 0x1p54 : x);
  // x = 2^k m with m in [sqrt(1/2), sqrt(2))
  const int k = static_cast<int>((bits - 0x3fe6a09e00000000ll) >> 52);
  const double m = __longlong_as_double(bits - (static_cast<long long>(k) << 52));
  const auto exponent = static_cast<double>(subnormal ? k - 54 : k);
  // ln m = 2 artanh s = f - f^2/2 + s (f^2/2 + series), s = f / (2 + f)
  const double f = m - 1, s = f / (2 + f), half_square = __dmul_rn(0.5 * f, f), z = __dmul_rn(s, s);
  double series = 0;  // 2 (z/3 + z^2/5 + ...)
#pragma unroll
  for (int i = 11; i >= 1; --i) series = __dmul_rn(z, 2.0 / (2 * i + 1) + series);
  const double low = __dmul_rn(s, half_square + series) + __dmul_rn(exponent, 0x1.ef35793c7673p-45);
  return __dmul_rn(exponent, 0x1.62e42fefa38p-1) - ((half_square - low) - f);
}

__device__ __forceinline__ float tanh(float x) { return 1.0f - 2.0f / (exp(2.0f * x) + 1.0f); }

__device__ __forceinline__ float soft_cap(float cap, float x) { return __fmul_rn(cap, tanh(x / cap)); }

struct Silu {
  __device__ __forceinline__ float operator()(float x) const { return x / (1.0f + exp(-x)); }
};

/// x Phi(x) with the complementary error function, so that negative x keeps its digits.
struct Gelu {
  __device__ __forceinline__ float operator()(float x) const {
    const float a = fabsf(x) * 0x1.6a09e6p-1f;
    const float t = 1.0f / fmaf(a, 0.5f, 1.0f);
    float p = fmaf(0x1.588982p-3f, t, -0x1.9ce824p-1f);
    p = fmaf(p, t, 0x1.72e84ep+0f);
    p = fmaf(p, t, -0x1.1458c6p+0f);
    p = fmaf(p, t, 0x1.d968ccp-3f);
    p = fmaf(p, t, -0x1.4908bap-3f);
    p = fmaf(p, t, 0x1.69631p-4f);
    p = fmaf(p, t, 0x1.80cd6p-2f);
    p = fmaf(p, t, 0x1.ffebe2p-1f);
    p = fmaf(p, t, -0x1.43f82p+0f);
    const float tail = __fmul_rn(0.5f * t, exp(fmaf(-a, a, p)));
    return x * (x < 0.0f ? tail : 1.0f - tail);
  }
};

struct GeluTanh {
  __device__ __forceinline__ float operator()(float x) const {
    const float u = x * fmaf(x * x, -0x1.2444f2p-4f, -0x1.988454p+0f);
    return x / (1.0f + exp(u));
  }
};

}  // namespace exact
