// Scores of attention. Needs device.cuh and exact.cuh.
#pragma once

/// What becomes of the product of a query and a key: times `scale`; with a soft cap (not 0) then cap * tanh(x / cap); with
/// slopes (not null, one for each query head) then plus slope * (token - last token).
struct Scoring {
  float scale, soft_cap;
  const float* slopes;

  __device__ __forceinline__ float operator()(float product, int head, int distance) const {
    float score = product * scale;
    if (soft_cap != 0) score = exact::soft_cap(soft_cap, score);
    return slopes == nullptr ? score : fmaf(slopes[head], static_cast<float>(distance), score);
  }
};
