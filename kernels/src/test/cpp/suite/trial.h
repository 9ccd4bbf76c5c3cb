// What a case of the suite works with: made-up operands in device memory, and the comparison with a double-precision sum.
#pragma once
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "device.cuh"
#include "simt/guarded.h"

/// An array on the emulated device.
template <class T>
class Array {
 public:
  explicit Array(size_t count) : memory_(simt::Guarded::take(count * sizeof(T), true)), count_(count) {}
  ~Array() { memory_.give_back(); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  T* get() { return reinterpret_cast<T*>(memory_.start); }
  T& operator[](size_t i) { return get()[i]; }
  size_t count() const { return count_; }

  Array& zero() {
    std::memset(memory_.start, 0, count_ * sizeof(T));
    return *this;
  }

 private:
  simt::Guarded memory_;
  size_t count_;
};

class Normal {
 public:
  explicit Normal(unsigned seed) : random_(seed) {}
  float next(float scale) { return distribution_(random_) * scale; }

  template <class T>
  void fill(Array<T>& array, float scale) {
    for (size_t i = 0; i < array.count(); ++i) array[i] = device::from_float<T>(next(scale));
  }
  void fill(Array<float>& array, float scale) {
    for (size_t i = 0; i < array.count(); ++i) array[i] = next(scale);
  }

 private:
  std::mt19937 random_;
  std::normal_distribution<float> distribution_{0, 1};
};

inline double as_double(float value) { return static_cast<double>(value); }
template <class T>
double as_double(T value) {
  return static_cast<double>(device::to_float(value));
}

/// Empty, or what is wrong with a result: it differs by more than `bound` of its size, or has NaN where it has none.
class Comparison {
 public:
  void add(double got, double wanted) {
    if (std::isnan(got)) {
      ++nans_;
      return;
    }
    error_ += (got - wanted) * (got - wanted);
    size_ += wanted * wanted;
  }
  std::string verdict(double bound) const {
    double relative = std::sqrt(error_ / size_);
    if (nans_ == 0 && relative <= bound) return "";
    return "values are wrong: relative error " + std::to_string(relative) + ", " + std::to_string(nans_) + " NaN";
  }

 private:
  double error_ = 0, size_ = 0;
  size_t nans_ = 0;
};

/// The verdict of a case: what the launch said, or what its values are.
using Case = std::string (*)();
struct Named {
  const char* name;
  Case run;
};

extern const std::vector<Named> ADAPTERS, CHECKS, ELEMENTARY, FUSED, GENERAL, QUANTIZED, SAMPLING, SPARSE, TILES;
