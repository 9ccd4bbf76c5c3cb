// The kernels of a module, by name, with the sizes of their parameters: what a fatbin tells a driver.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <type_traits>
#include <utility>

#include "launch.h"
#include "options.h"

namespace simt {

/// Plain data: the driver reads it from modules that were compiled apart from it.
struct Kernel {
  const char* name;
  void (*call)(void** parameters);
  unsigned parameters;
  const unsigned* sizes;
  unsigned threads_max;
};

template <auto FUNCTION>
struct Entry;

template <class... Types, void (*FUNCTION)(Types...)>
struct Entry<FUNCTION> {
  static constexpr unsigned SIZES[sizeof...(Types) + 1] = {static_cast<unsigned>(sizeof(Types))..., 0};

  template <size_t... I>
  static void spread(void** parameters, std::index_sequence<I...>) {
    FUNCTION(*static_cast<std::remove_reference_t<Types>*>(parameters[I])...);
  }
  static void call(void** parameters) { spread(parameters, std::index_sequence_for<Types...>{}); }

  static constexpr Kernel named(const char* name, unsigned threads_max) {
    return {name, &call, sizeof...(Types), SIZES, threads_max};
  }
};

/// 0: fine, 1: failed, 2: an illegal address; then `text` says why.
inline int run(const Kernel* kernel, const unsigned* grid, const unsigned* block, size_t dynamic_bytes,
               void** parameters, int cooperative, char* text, size_t text_bytes) {
  Shape shape{{grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]}, dynamic_bytes, kernel->threads_max,
              cooperative != 0};
  Outcome outcome = launch(shape, [=] { kernel->call(parameters); });
  std::snprintf(text, text_bytes, "%s", outcome.failure.c_str());
  return outcome.failure.empty() ? 0 : outcome.illegal_address ? 2 : 1;
}

}  // namespace simt

#define SIMT_EXPORT extern "C" __attribute__((visibility("default")))
#define KERNELS_BEGIN SIMT_EXPORT const simt::Kernel simt_kernels[] = {
#define KERNEL(FUNCTION, THREADS_MAX) simt::Entry<&FUNCTION>::named(#FUNCTION, THREADS_MAX),
#define KERNELS_END                                                                                          \
  { nullptr, nullptr, 0, nullptr, 0 }                                                                        \
  }                                                                                                          \
  ;                                                                                                          \
  SIMT_EXPORT int simt_run(const simt::Kernel* kernel, const unsigned* grid, const unsigned* block, size_t dynamic_bytes, \
                           void** parameters, int cooperative, char* text, size_t text_bytes) {              \
    return simt::run(kernel, grid, block, dynamic_bytes, parameters, cooperative, text, text_bytes);         \
  }                                                                                                          \
  SIMT_EXPORT int simt_configure(const char* list) { return simt::configure(list).empty() ? 0 : 1; }
