#include "launch.h"

#include <signal.h>

#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "block.h"

namespace simt {
namespace {

// An illegal address ends the launch, not the process. Other faults go to whoever was there before (a JVM uses them).
class Faults {
 public:
  Faults() {
#if !defined(__SANITIZE_ADDRESS__) && !SIMT_RACES
    struct sigaction mine {};
    mine.sa_sigaction = &Faults::on_fault;
    mine.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &mine, &before);
#endif
  }
  ~Faults() {
#if !defined(__SANITIZE_ADDRESS__) && !SIMT_RACES
    sigaction(SIGSEGV, &before, nullptr);
#endif
  }

 private:
  static void on_fault(int signal, siginfo_t* info, void* context) {
    if (current != nullptr) current->block->fault(info->si_addr);
    if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr) {
      before.sa_sigaction(signal, info, context);
    } else {
      sigaction(SIGSEGV, &before, nullptr);  // the instruction runs again and meets the old action
    }
  }
  static struct sigaction before;
};
struct sigaction Faults::before {};

#if SIMT_RACES
// A crew that passes from block to block would order the blocks, and hide races between them.
using Borrowed = std::unique_ptr<Crew>;
Borrowed borrow() { return std::make_unique<Crew>(); }
#else
std::mutex crews_lock;
std::vector<std::unique_ptr<Crew>>& crews() {
  static auto* idle = new std::vector<std::unique_ptr<Crew>>;  // outlives threads that end with the process
  return *idle;
}
// A module that is closed leaves no stacks behind: a process has room for 32,000 only.
__attribute__((destructor)) void dismiss() {
  std::lock_guard<std::mutex> guard(crews_lock);
  crews().clear();
}
struct Return {
  void operator()(Crew* crew) const {
    std::lock_guard<std::mutex> guard(crews_lock);
    crews().emplace_back(crew);
  }
};
using Borrowed = std::unique_ptr<Crew, Return>;
Borrowed borrow() {
  std::lock_guard<std::mutex> guard(crews_lock);
  if (crews().empty()) return Borrowed(new Crew);
  Borrowed crew(crews().back().release());
  crews().pop_back();
  return crew;
}
#endif

constexpr uint64_t COOPERATIVE_MAX = 256;  // OS threads

std::string objection(const Shape& s) {
  const Architecture& a = options().architecture;
  char text[200] = "";
  uint64_t threads = uint64_t{s.block.x} * s.block.y * s.block.z, blocks = uint64_t{s.grid.x} * s.grid.y * s.grid.z;
  if (threads == 0 || blocks == 0)
    std::snprintf(text, sizeof text, "an empty grid or block");
  else if (threads > a.block_threads_max || s.block.z > 64)
    std::snprintf(text, sizeof text, "a block has at most %u threads, 64 of them in z. Given: %llu", a.block_threads_max,
                  static_cast<unsigned long long>(threads));
  else if (threads > s.threads_max)
    std::snprintf(text, sizeof text, "the kernel's launch bounds allow %u threads. Given: %llu", s.threads_max,
                  static_cast<unsigned long long>(threads));
  else if (s.grid.x > 2147483647u || s.grid.y > 65535 || s.grid.z > 65535)
    std::snprintf(text, sizeof text, "a grid has at most 2147483647 x 65535 x 65535 blocks");
  else if (s.dynamic_bytes > a.shared_block_max)
    std::snprintf(text, sizeof text, "shared memory of a block is at most %zu bytes on sm_%u. Given: %zu",
                  a.shared_block_max, a.capability, s.dynamic_bytes);
  else if (s.cooperative && blocks > COOPERATIVE_MAX)
    std::snprintf(text, sizeof text, "the emulator runs at most %llu cooperative blocks. Given: %llu",
                  static_cast<unsigned long long>(COOPERATIVE_MAX), static_cast<unsigned long long>(blocks));
  return text;
}

std::vector<uint64_t> sequence(uint64_t blocks) {
  std::vector<uint64_t> order(blocks);
  for (uint64_t i = 0; i < blocks; ++i) order[i] = options().blocks == Order::REVERSE ? blocks - 1 - i : i;
  if (options().blocks == Order::RANDOM) {
    uint64_t random = options().seed * 6364136223846793005u + 1442695040888963407u;
    for (uint64_t i = blocks - 1; i > 0; --i) {
      random = random * 6364136223846793005u + 1442695040888963407u;
      std::swap(order[i], order[(random >> 33) % (i + 1)]);
    }
  }
  return order;
}

void run_block(Launch& run, uint64_t number, Crew& crew) {
  const dim3& grid = run.shape.grid;
  Block block(run, {static_cast<unsigned>(number % grid.x), static_cast<unsigned>(number / grid.x % grid.y),
                    static_cast<unsigned>(number / grid.x / grid.y)});
  block.run(crew);
}

}  // namespace

void Launch::fail(const char* text, bool illegal_address) {
  std::lock_guard<std::mutex> guard(lock);
  if (failed) return;
  outcome = {text, illegal_address};
  failed = true;
}

Outcome launch(const Shape& shape, void (*body)(void*), void* context) {
  std::string wrong = objection(shape);
  if (!wrong.empty()) return {wrong, false};
  Launch run{shape, body, context};
  std::vector<uint64_t> order = sequence(uint64_t{shape.grid.x} * shape.grid.y * shape.grid.z);
  uint64_t resident = shape.cooperative ? order.size() : options().resident;
  Faults faults;
  std::vector<std::thread> workers;
#if SIMT_RACES
  // One OS thread for each block, all started from here: only the kernel orders blocks. A relaxed counter bounds them.
  std::atomic<uint64_t> alive{0};
  for (uint64_t number : order) {
    while (alive.load(std::memory_order_relaxed) >= resident) std::this_thread::yield();
    alive.fetch_add(1, std::memory_order_relaxed);
    workers.emplace_back([&run, &alive, number] {
      Unwatched unwatched;  // what this thread takes and frees is the emulator's; kernels run as fibers of their own
      Borrowed crew = borrow();
      if (!run.failed.load(std::memory_order_relaxed)) run_block(run, number, *crew);
      crew.reset();
      alive.fetch_sub(1, std::memory_order_relaxed);
    });
  }
#else
  std::atomic<uint64_t> next{0};
  for (uint64_t i = 0; i < std::min<uint64_t>(resident, order.size()); ++i) {
    workers.emplace_back([&run, &next, &order] {
      Borrowed crew = borrow();
      for (uint64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < order.size() && !run.failed;)
        run_block(run, order[i], *crew);
    });
  }
#endif
  for (std::thread& worker : workers) worker.join();
  return run.outcome;
}

}  // namespace simt
