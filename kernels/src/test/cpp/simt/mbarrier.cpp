#include "mbarrier.h"

namespace simt {
namespace {

// From the top: phase 1 bit, arrivals of a phase 15, arrivals missing 16, bytes missing 32 (signed).
struct Fields {
  uint64_t phase;
  unsigned arrivals, missing;
  int32_t bytes;
};

Fields unpacked(uint64_t word) {
  return {word & PHASE, static_cast<unsigned>(word >> 48 & 0x7fff), static_cast<unsigned>(word >> 32 & 0xffff),
          static_cast<int32_t>(word)};
}

uint64_t packed(const Fields& f) {
  return f.phase | uint64_t{f.arrivals} << 48 | uint64_t{f.missing} << 32 | static_cast<uint32_t>(f.bytes);
}

}  // namespace

const void* mark(const uint64_t* word) { return mark(word, *word >> 63); }

void start_phase(uint64_t* word, unsigned arrivals) {
  if (!block().is_shared(word, 8)) block().fail("mbarrier: it is not in shared memory");
  if (arrivals == 0 || arrivals > 1024) block().fail("mbarrier: %u arrivals, limit 1024", arrivals);
  *word = packed({0, arrivals, arrivals, 0});
}

void count(uint64_t* word, unsigned arrivals, int64_t bytes) {
  Fields fields = unpacked(*word);
  if (fields.arrivals == 0 || fields.missing > fields.arrivals) block().fail("mbarrier: used before it was initialised");
  if (arrivals > fields.missing) block().fail("mbarrier: more arrivals than this phase waits for");
  fields.missing -= arrivals;
  fields.bytes += static_cast<int32_t>(bytes);
  if (fields.missing == 0 && fields.bytes == 0) {
    fields.phase ^= PHASE;
    fields.missing = fields.arrivals;
  }
  *word = packed(fields);
}

}  // namespace simt
