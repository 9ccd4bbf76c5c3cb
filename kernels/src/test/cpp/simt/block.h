// One block of CUDA threads: fibers of one OS thread, that give way to each other where CUDA orders them.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <source_location>
#include <vector>

#include "fiber.h"
#include "options.h"
#include "sanitizers.h"
#include "tensor_map.h"
#include "vectors.h"

namespace simt {

class Block;
struct Launch;

/// A place in a kernel where threads wait or meet, for messages and for the checks of divergence.
struct Where {
  const char* what;
  const char* file;
  unsigned line;

  Where(const char* what, const std::source_location& at) : what(what), file(at.file_name()), line(at.line()) {}
  Where() : what(""), file(""), line(0) {}
  bool operator==(const Where& other) const { return line == other.line && what == other.what; }
};

struct AsyncCopy {  // cp.async: `bytes` from memory, zeros up to 16
  void* to;
  const void* from;
  unsigned bytes;
};

struct Multiplication {  // wgmma: descriptors of two tiles in shared memory, accumulators of one thread
  void (*run)(const Multiplication&);
  float* sums;
  uint64_t a, b;
};

struct BulkLoad {  // TMA: one box of a tensor; the descriptor itself, for a thread may leave before its load lands
  void* to;
  TensorMap map;
  uint64_t* barrier;
  int x, y;
};

enum class State : uint8_t { READY, SPINNING, WAITING, LEFT };

struct Thread {
  Fiber fiber{Fiber::Kind::OWN_STACK};
  Block* block = nullptr;
  uint3 index{};
  unsigned id = 0, warp = 0, lane = 0;

  State state = State::READY;
  const uint64_t* word = nullptr;  // WAITING until (*word & bits) differs from `seen`
  uint64_t bits = 0, seen = 0;
  Where where;

  std::vector<std::vector<AsyncCopy>> copy_groups;  // committed, oldest first
  std::vector<AsyncCopy> copies;                    // not committed
  std::vector<std::vector<Multiplication>> product_groups;
  std::vector<Multiplication> products;
  bool products_fenced = false;
};

using Crew = std::vector<std::unique_ptr<Thread>>;

struct alignas(16) Payload {  // what one lane brings to a meeting of its warp
  uint64_t words[8];
};

struct Votes {
  int any = 0, all = 1, count = 0;
};

class Block {
 public:
  Block(Launch& launch, uint3 index);
  ~Block();

  /// Runs all threads to their end, or to the first failure.
  void run(Crew& crew);

  // For the current thread; each may let other threads run first.
  Votes barrier(unsigned id, unsigned threads, bool vote, const Where& where);
  void arrive(unsigned id, unsigned threads, const Where& where);
  const Payload* meet(uint32_t mask, const Payload& mine, const Where& where);
  void wait(const uint64_t* word, uint64_t bits, uint64_t seen, const Where& where);
  void spin(const Where& where);
  void pause();
  void stall();

  void* shared(const void* key, size_t bytes, size_t alignment);
  char* dynamic_shared() const { return dynamic_; }
  bool is_shared(const void* start, size_t bytes) const;
  uint32_t lanes() const;
  unsigned threads() const { return static_cast<unsigned>(order_.size()); }
  const dim3& shape() const;
  const dim3& grid() const;

  void load_later(const BulkLoad& load);
  bool take_load(const uint64_t* barrier, BulkLoad& load);
  bool same(const uint64_t* word, uint64_t bits, uint64_t seen) const;

  [[noreturn, gnu::format(printf, 2, 3)]] void fail(const char* format, ...);
  [[noreturn]] void fault(const void* address);

  const uint3 index;

 private:
  struct Barrier {
    unsigned arrived = 0, expected = 0;
    uint64_t generation = 0;
    Votes votes, results[2];
    Where places[32];
    alignas(8) char ordered[2][8];
  };
  struct Meeting {
    uint32_t mask = 0, arrived = 0;
    uint64_t generation = 0;
    Where where;
    Payload slots[2][32];
    alignas(8) char ordered[2][8];
  };
  struct Piece {
    const void* key;
    char* start;
    size_t bytes;
  };

  static uint64_t read(const uint64_t* word, uint64_t bits);
  static void begin();
  [[noreturn]] void leave();
  [[noreturn]] void abandon();
  [[noreturn]] void stuck();
  void enter_barrier(Barrier& barrier, unsigned id, unsigned threads, bool vote, const Where& where);
  bool complete(Barrier& barrier);
  Meeting& meeting(unsigned warp, uint32_t mask);
  bool runnable(const Thread& thread) const;
  bool has_load(const uint64_t* barrier) const;
  Thread* choose();
  void yield();
  uint64_t random();
  char* allocate(size_t bytes, size_t alignment);

  Launch& launch_;
  Fiber outside_{Fiber::Kind::OS_THREAD};
  std::vector<Thread*> order_;
  size_t position_ = 0;
  unsigned alive_ = 0;
  std::vector<uint32_t> lanes_;  // of each warp, those that have not left
  std::array<Barrier, 16> barriers_;
  std::vector<std::vector<std::unique_ptr<Meeting>>> meetings_;
  std::vector<Piece> pieces_;
  size_t static_bytes_ = 0;
  char* dynamic_ = nullptr;
  std::vector<BulkLoad> loads_;
  uint64_t spins_ = 0;
  uint64_t random_ = 0;
  alignas(8) char start_[8], end_[8];
};

/// The CUDA thread that runs now on this OS thread; null outside of kernels.
extern constinit thread_local Thread* current;

inline Thread& self() { return *current; }
inline Block& block() { return *current->block; }

}  // namespace simt
