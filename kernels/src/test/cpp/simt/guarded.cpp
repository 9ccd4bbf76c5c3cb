#include "guarded.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "sanitizers.h"

namespace simt {

Guarded Guarded::take(size_t bytes, bool poison) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t used = (bytes + 255) / 256 * 256, body = (used + page - 1) / page * page;
  Guarded taken;
  void* mapped = mmap(nullptr, body + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return taken;
  taken.mapping = static_cast<char*>(mapped);
  taken.mapped_bytes = body + 2 * page;
  if (mprotect(taken.mapping + page, body, PROT_READ | PROT_WRITE) != 0) {
    taken.give_back();
    return {};
  }
  taken.start = taken.mapping + page + body - used;
  taken.bytes = bytes;
  if (poison) std::memset(taken.start, 0xff, used);
  poison_addresses(taken.start + bytes, used - bytes);
  return taken;
}

void Guarded::give_back() {
  if (mapping == nullptr) return;
  unpoison_addresses(mapping, mapped_bytes);
  munmap(mapping, mapped_bytes);
  *this = {};
}

void Guarded::forbid() {
  if (mapping == nullptr) return;
  mmap(mapping, mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

}  // namespace simt
