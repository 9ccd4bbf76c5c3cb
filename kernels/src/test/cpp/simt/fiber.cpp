#include "fiber.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "sanitizers.h"

// -DSIMT_UCONTEXT tries the way of all other processors on these two.
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(SIMT_UCONTEXT)
#define OWN_SWITCH 1
extern "C" void simt_switch(void** saved, void* wanted);
#else
#define OWN_SWITCH 0
#include <ucontext.h>
#endif

namespace simt {
namespace {

#if defined(__SANITIZE_ADDRESS__) || SIMT_RACES
constexpr size_t STACK_BYTES = 256 << 10;  // instrumented frames are several times larger
#else
constexpr size_t STACK_BYTES = 64 << 10;
#endif

// Between two fibers: who was left and who is entered, for the first steps on a fresh stack.
constinit thread_local Fiber* entered = nullptr;

[[noreturn]] void no_memory() {
  std::fputs("simt: no memory for the stack of a fiber\n", stderr);
  std::abort();
}

}  // namespace

Fiber::Fiber(Kind kind) : kind_(kind) {
  if (kind == Kind::OWN_STACK) {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    mapped_bytes_ = STACK_BYTES + page;
    void* mapped =
        mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED || mprotect(mapped, page, PROT_NONE) != 0) no_memory();
    mapping_ = static_cast<char*>(mapped);
    bottom_ = mapping_ + page;
    bytes_ = STACK_BYTES;
#if SIMT_RACES
    race_context_ = __tsan_create_fiber(0);
#endif
  } else {
    pthread_attr_t attributes;
    void* bottom = nullptr;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
      pthread_attr_getstack(&attributes, &bottom, &bytes_);
      pthread_attr_destroy(&attributes);
    }
    bottom_ = static_cast<char*>(bottom);
#if SIMT_RACES
    race_context_ = __tsan_get_current_fiber();
#endif
  }
#if !OWN_SWITCH
  context_ = new ucontext_t;
#endif
}

Fiber::~Fiber() {
#if SIMT_RACES
  if (kind_ == Kind::OWN_STACK) __tsan_destroy_fiber(race_context_);
#endif
#if !OWN_SWITCH
  delete static_cast<ucontext_t*>(context_);
#endif
  if (mapping_ != nullptr) {
    unpoison_addresses(bottom_, bytes_);
    munmap(mapping_, mapped_bytes_);
  }
}

void Fiber::first() {
  Fiber* me = entered;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
  me->entry_();
  std::abort();  // an entry never returns
}

void Fiber::restart(void (*entry)()) {
  entry_ = entry;
  fake_stack_ = nullptr;
  unpoison_addresses(bottom_, bytes_);  // frames of an earlier run may have been left without returning
  auto top = (reinterpret_cast<uintptr_t>(bottom_) + bytes_ - 64) & ~uintptr_t{15};
#if OWN_SWITCH && defined(__x86_64__)
  auto** stack = reinterpret_cast<void**>(top);
  *--stack = nullptr;  // where `first` would return to; also what aligns its frame
  *--stack = reinterpret_cast<void*>(&Fiber::first);
  for (int i = 0; i < 6; ++i) *--stack = nullptr;
  context_ = stack;
#elif OWN_SWITCH
  auto** stack = reinterpret_cast<void**>(top - 160);
  for (int i = 0; i < 20; ++i) stack[i] = nullptr;
  stack[11] = reinterpret_cast<void*>(&Fiber::first);  // x30
  context_ = stack;
#else
  (void)top;
  auto* context = static_cast<ucontext_t*>(context_);
  getcontext(context);
  context->uc_stack.ss_sp = bottom_;
  context->uc_stack.ss_size = bytes_;
  context->uc_link = nullptr;
  makecontext(context, &Fiber::first, 0);
#endif
}

void Fiber::change(Fiber& from, [[maybe_unused]] bool for_good) {
  entered = this;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(for_good ? nullptr : &from.fake_stack_, bottom_, bytes_);
#endif
#if SIMT_RACES
  __tsan_switch_to_fiber(race_context_, 1);  // 1: switching orders nothing; only what CUDA orders is ordered
#endif
#if OWN_SWITCH
  simt_switch(&from.context_, context_);
#else
  swapcontext(static_cast<ucontext_t*>(from.context_), static_cast<ucontext_t*>(context_));
#endif
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(from.fake_stack_, nullptr, nullptr);
#endif
}

void Fiber::enter(Fiber& from) { change(from, false); }

void Fiber::enter_for_good(Fiber& from) {
  change(from, true);
  std::abort();  // nobody comes back
}

}  // namespace simt
