// Memory of the emulated device: filled with NaN, ending at a page that nobody may touch, and gone for good when freed.
#pragma once
#include <cstddef>

namespace simt {

struct Guarded {
  char* start = nullptr;  // aligned to 256 bytes, as the device's allocator does
  size_t bytes = 0;
  char* mapping = nullptr;
  size_t mapped_bytes = 0;

  /// `start` is null when there is no memory. `poison` false leaves zeros (large pinned buffers).
  static Guarded take(size_t bytes, bool poison);

  /// Unmaps it.
  void give_back();

  /// Keeps the addresses but forbids every access: whoever still uses them faults.
  void forbid();
};

}  // namespace simt
