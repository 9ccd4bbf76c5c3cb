// What ThreadSanitizer and AddressSanitizer must be told about fibers; nothing in a plain build.
#pragma once
#include <cstddef>

#if defined(__SANITIZE_THREAD__) || defined(SIMT_TSAN)
#define SIMT_RACES 1
#else
#define SIMT_RACES 0
#endif

#if SIMT_RACES
extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* place);
void __tsan_release(void* place);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

#ifdef __SANITIZE_ADDRESS__
extern "C" {
void __asan_poison_memory_region(void const volatile* start, size_t bytes);
void __asan_unpoison_memory_region(void const volatile* start, size_t bytes);
void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, size_t bytes);
void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom, size_t* bytes);
}
#endif

namespace simt {

/// What was done before this call, on whichever thread, happens before what follows `happens_after(place)`.
inline void happens_before([[maybe_unused]] const void* place) {
#if SIMT_RACES
  __tsan_release(const_cast<void*>(place));
#endif
}

inline void happens_after([[maybe_unused]] const void* place) {
#if SIMT_RACES
  __tsan_acquire(const_cast<void*>(place));
#endif
}

/// Accesses in its scope are the emulator's own, so the race checker does not look at them.
class Unwatched {
 public:
  Unwatched() {
#if SIMT_RACES
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
  }
  ~Unwatched() {
#if SIMT_RACES
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
#endif
  }
  Unwatched(const Unwatched&) = delete;
  Unwatched& operator=(const Unwatched&) = delete;
};

inline void poison_addresses([[maybe_unused]] const void* start, [[maybe_unused]] size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
  __asan_poison_memory_region(start, bytes);
#endif
}

inline void unpoison_addresses([[maybe_unused]] const void* start, [[maybe_unused]] size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(start, bytes);
#endif
}

}  // namespace simt
