// Running a grid, and what came of it.
#pragma once
#include <atomic>
#include <mutex>
#include <string>

#include "vectors.h"

namespace simt {

struct Shape {
  dim3 grid, block;
  size_t dynamic_bytes = 0;
  unsigned threads_max = 1024;  // the kernel's launch bounds
  bool cooperative = false;     // all blocks are resident at once
};

struct Outcome {
  std::string failure;  // empty: the kernel ended as it should
  bool illegal_address = false;
};

/// What all blocks of one launch share.
struct Launch {
  Shape shape;
  void (*body)(void*);
  void* context;
  std::atomic<bool> failed{false};
  std::mutex lock{};
  Outcome outcome{};

  /// The first failure is kept.
  void fail(const char* text, bool illegal_address);
};

Outcome launch(const Shape& shape, void (*body)(void*), void* context);

template <class Body>
Outcome launch(const Shape& shape, Body body) {
  return launch(shape, [](void* b) { (*static_cast<Body*>(b))(); }, &body);
}

}  // namespace simt
