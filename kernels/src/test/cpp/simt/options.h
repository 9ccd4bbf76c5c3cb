// How the emulator runs a launch: orders, seed, and what the emulated chip allows.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace simt {

enum class Order { FORWARD, REVERSE, RANDOM };

/// Limits of one compute capability (CUDA programming guide, table of technical specifications).
struct Architecture {
  unsigned capability;          // major * 10 + minor
  size_t shared_static_max;     // bytes of __shared__ variables that a kernel may declare
  size_t shared_block_max;      // bytes of one block, static and dynamic, once the kernel has asked for them
  size_t shared_processor_max;  // bytes of one multiprocessor
  unsigned block_threads_max;
  unsigned processor_threads_max;

  /// 75, 80, 86, 89, 90, 100 or 120; anything else ends the process with a message.
  static Architecture of(unsigned capability);
};

struct Options {
  Order threads = Order::FORWARD;
  Order blocks = Order::FORWARD;
  unsigned resident = 2;          // blocks that are under way at once, each on its own OS thread
  uint64_t seed = 1;              // of RANDOM orders and of stalls
  unsigned stall_micros = 0;      // atomics stall up to this long, a few of them: shows what is not ordered between blocks
  uint64_t spins_max = 50000000;  // of one block, until it counts as hung
  Architecture architecture = Architecture::of(90);
};

/// Of this process. Read from the environment at first use:
/// SIMT=threads=random,blocks=reverse,seed=7,resident=4,stall=50,spins=1000000,arch=80
Options& options();

/// Takes the same list; empty when all of it was understood, else what was wrong.
std::string configure(const std::string& list);

}  // namespace simt
