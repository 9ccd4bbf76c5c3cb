// Norms of rows of activations: one block for each row.
#include "device.cuh"

constexpr int NORM_THREADS = 256;

/// y = x / sqrt(mean(x^2) + eps) * weight; x, y [rows, width], weight [width]. y may be x.
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    rms_norm(float* y, const float* x, const float* weight, int width, float eps) {
  const size_t row = static_cast<size_t>(blockIdx.x) * static_cast<size_t>(width);
  float squares = 0;
  for (int i = static_cast<int>(threadIdx.x); i < width; i += NORM_THREADS) squares += x[row + i] * x[row + i];
  squares = device::block_sum<NORM_THREADS>(squares);
  const float scale = 1.0f / sqrtf(squares / static_cast<float>(width) + eps);
  for (int i = static_cast<int>(threadIdx.x); i < width; i += NORM_THREADS) y[row + i] = x[row + i] * scale * weight[i];
}

/// y = (x - mean) / sqrt(variance + eps) * weight + bias; x, y [rows, width], weight, bias [width]. y may be x.
extern "C" __global__ void __launch_bounds__(NORM_THREADS)
    layer_norm(float* y, const float* x, const float* weight, const float* bias, int width, float eps) {
  const size_t row = static_cast<size_t>(blockIdx.x) * static_cast<size_t>(width);
  float sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < width; i += NORM_THREADS) sum += x[row + i];
  const float mean = device::block_sum<NORM_THREADS>(sum) / static_cast<float>(width);
  float squares = 0;
  for (int i = static_cast<int>(threadIdx.x); i < width; i += NORM_THREADS)
    squares += (x[row + i] - mean) * (x[row + i] - mean);
  squares = device::block_sum<NORM_THREADS>(squares);
  const float scale = 1.0f / sqrtf(squares / static_cast<float>(width) + eps);
  for (int i = static_cast<int>(threadIdx.x); i < width; i += NORM_THREADS)
    y[row + i] = (x[row + i] - mean) * scale * weight[i] + bias[i];
}
