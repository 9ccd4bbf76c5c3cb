// A flow of control with its own stack. Knows nothing of blocks and threads of CUDA.
#pragma once
#include <cstddef>

namespace simt {

class Fiber {
 public:
  enum class Kind { OWN_STACK, OS_THREAD };

  /// OS_THREAD stands for the stack of the OS thread that makes it: the place to come back to.
  explicit Fiber(Kind kind);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// The next switch to this fiber calls `entry` on an empty stack; `entry` never returns.
  void restart(void (*entry)());

  /// Leaves `from`, which must be running, and goes on in this fiber. Returns when somebody switches back to `from`.
  void enter(Fiber& from);

  /// As `enter`, for the last time: `from` is never switched to again before a restart.
  void enter_for_good(Fiber& from);

 private:
  void change(Fiber& from, bool for_good);
  static void first();

  Kind kind_;
  char* mapping_ = nullptr;
  size_t mapped_bytes_ = 0;
  char* bottom_ = nullptr;
  size_t bytes_ = 0;
  void* context_ = nullptr;
  void (*entry_)() = nullptr;
  void* race_context_ = nullptr;
  void* fake_stack_ = nullptr;
};

}  // namespace simt
