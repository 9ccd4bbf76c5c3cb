#include "block.h"

#include <sched.h>
#include <time.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "launch.h"

namespace simt {

constinit thread_local Thread* current = nullptr;

Block::Block(Launch& launch, uint3 index) : index(index), launch_(launch) {
  uint64_t number = (uint64_t{index.z} * launch.shape.grid.y + index.y) * launch.shape.grid.x + index.x;
  random_ = (options().seed + number + 1) * 0x9E3779B97F4A7C15u;
}

Block::~Block() {
  for (Piece& piece : pieces_) std::free(piece.start);
}

const dim3& Block::shape() const { return launch_.shape.block; }
const dim3& Block::grid() const { return launch_.shape.grid; }
uint32_t Block::lanes() const { return lanes_[current->warp]; }

uint64_t Block::random() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_ >> 16;
}

void Block::run(Crew& crew) {
  const dim3& shape = launch_.shape.block;
  unsigned count = shape.x * shape.y * shape.z;
  lanes_.assign((count + 31) / 32, 0);
  meetings_.resize(lanes_.size());
  order_.resize(count);
  alive_ = count;
  while (crew.size() < count) crew.push_back(std::make_unique<Thread>());
  for (unsigned id = 0; id < count; ++id) {
    Thread& thread = *crew[id];
    thread.block = this;
    thread.index = {id % shape.x, id / shape.x % shape.y, id / (shape.x * shape.y)};
    thread.id = id;
    thread.warp = id / 32;
    thread.lane = id % 32;
    thread.state = State::READY;
    thread.where = {};
    thread.copy_groups.clear();
    thread.copies.clear();
    thread.product_groups.clear();
    thread.products.clear();
    thread.products_fenced = false;
    thread.fiber.restart(&Block::begin);
    lanes_[thread.warp] |= 1u << thread.lane;
    order_[options().threads == Order::REVERSE ? count - 1 - id : id] = &thread;
  }
  if (options().threads == Order::RANDOM)
    for (unsigned i = count - 1; i > 0; --i) std::swap(order_[i], order_[random() % (i + 1)]);
  if (size_t bytes = launch_.shape.dynamic_bytes) {
    dynamic_ = allocate(bytes, 1024);
    pieces_.push_back({nullptr, dynamic_, bytes});
  }
  happens_before(start_);
  current = order_[0];
  current->fiber.enter(outside_);
  happens_after(end_);
}

void Block::begin() {
  Block& me = *current->block;
  happens_after(me.start_);
  me.launch_.body(me.launch_.context);
  me.leave();
}

void Block::leave() {
  Thread& me = *current;
  if (!me.copies.empty() || !me.copy_groups.empty()) fail("cp.async was still under way when its thread left");
  if (!me.products.empty() || !me.product_groups.empty()) fail("wgmma was still under way when its thread left");
  me.state = State::LEFT;
  --alive_;
  lanes_[me.warp] &= ~(1u << me.lane);
  if (barriers_[0].arrived > 0) fail("a thread left while others wait for all threads");
  for (auto& meeting : meetings_[me.warp])
    if (meeting->arrived != 0 && (meeting->mask >> me.lane & 1)) fail("a lane left while its warp waits for it");
  if (alive_ == 0 && !loads_.empty()) fail("a TMA load was still under way when its block ended");
  happens_before(end_);
  if (alive_ == 0) {
    current = nullptr;
    outside_.enter_for_good(me.fiber);
  }
  Thread* next = choose();
  if (next == nullptr) stuck();
  current = next;
  next->state = State::READY;
  next->fiber.enter_for_good(me.fiber);
  std::abort();  // not reached
}

void Block::abandon() {
  Thread& me = *current;
  happens_before(end_);
  current = nullptr;
  outside_.enter_for_good(me.fiber);
  std::abort();  // not reached
}

void Block::fail(const char* format, ...) {
  char text[512], full[1024];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  std::snprintf(full, sizeof full, "%s; block (%u,%u,%u) thread %u, last at %s %s:%u", text, index.x, index.y, index.z,
                current->id, current->where.what, current->where.file, current->where.line);
  launch_.fail(full, false);
  abandon();
}

void Block::fault(const void* address) {
  char text[256];
  std::snprintf(text, sizeof text, "illegal address %p; block (%u,%u,%u) thread %u, last at %s %s:%u", address, index.x,
                index.y, index.z, current->id, current->where.what, current->where.file, current->where.line);
  launch_.fail(text, true);
  abandon();
}

void Block::stuck() {
  char text[400];
  int used = 0, shown = 0;
  for (Thread* thread : order_) {
    if (thread->state != State::WAITING || used >= 300 || ++shown > 6) continue;
    used += std::snprintf(text + used, sizeof text - static_cast<size_t>(used), " thread %u at %s:%u,", thread->id,
                          thread->where.what, thread->where.line);
  }
  text[used > 0 ? used - 1 : 0] = 0;
  fail("deadlock: %u of %u threads have left, nobody can go on:%s", threads() - alive_, threads(), text);
}

bool Block::runnable(const Thread& thread) const {
  switch (thread.state) {
    case State::READY:
    case State::SPINNING: return true;
    case State::WAITING: return read(thread.word, thread.bits) != thread.seen || has_load(thread.word);
    case State::LEFT: return false;
  }
  return false;
}

uint64_t Block::read(const uint64_t* word, uint64_t bits) { return *word & bits; }

bool Block::same(const uint64_t* word, uint64_t bits, uint64_t seen) const { return read(word, bits) == seen; }

bool Block::has_load(const uint64_t* barrier) const {
  for (const BulkLoad& load : loads_)
    if (load.barrier == barrier) return true;
  return false;
}

Thread* Block::choose() {
  size_t count = order_.size();
  size_t from = options().threads == Order::RANDOM ? random() % count : position_ + 1;
  for (size_t k = 0; k < count; ++k) {
    size_t i = from + k;
    if (i >= count) i -= count;
    if (i >= count) i -= count;
    if (runnable(*order_[i])) {
      position_ = i;
      return order_[i];
    }
  }
  return nullptr;
}

void Block::yield() {
  Thread& me = *current;
  Thread* next = choose();
  if (next == nullptr) stuck();
  next->state = State::READY;
  if (next == &me) return;
  current = next;
  next->fiber.enter(me.fiber);
}

void Block::wait(const uint64_t* word, uint64_t bits, uint64_t seen, const Where& where) {
  Thread& me = *current;
  me.word = word;
  me.bits = bits;
  me.seen = seen;
  me.where = where;
  me.state = State::WAITING;
  yield();
}

void Block::pause() {
  current->state = State::READY;
  yield();
}

void Block::spin(const Where& where) {
  current->where = where;
  if (launch_.failed.load(std::memory_order_relaxed)) abandon();
  if (++spins_ > options().spins_max) fail("spun %llu times", static_cast<unsigned long long>(spins_));
  if (spins_ % 16 == 0) sched_yield();
  current->state = State::SPINNING;
  yield();
}

void Block::stall() {
  if (options().threads == Order::RANDOM && random() % 4 == 0) pause();
  if (options().stall_micros == 0 || random() % 4 != 0) return;  // a few long stalls show more than many short ones
  timespec time{0, static_cast<long>(random() % options().stall_micros) * 1000};
  nanosleep(&time, nullptr);
}

char* Block::allocate(size_t bytes, size_t alignment) {
  Unwatched unwatched;
  void* start = nullptr;
  if (posix_memalign(&start, alignment < 16 ? 16 : alignment, bytes) != 0) fail("no memory for shared memory");
  std::memset(start, 0xff, bytes);
  return static_cast<char*>(start);
}

void* Block::shared(const void* key, size_t bytes, size_t alignment) {
  for (Piece& piece : pieces_)
    if (piece.key == key) return piece.start;
  const Architecture& architecture = options().architecture;
  static_bytes_ += bytes;
  if (static_bytes_ > architecture.shared_static_max)
    fail("the kernel's __shared__ variables take %zu bytes, limit %zu", static_bytes_, architecture.shared_static_max);
  if (static_bytes_ + launch_.shape.dynamic_bytes > architecture.shared_block_max)
    fail("static %zu and dynamic %zu bytes of shared memory, limit %zu", static_bytes_, launch_.shape.dynamic_bytes,
         architecture.shared_block_max);
  char* start = allocate(bytes, alignment);
  Unwatched unwatched;
  pieces_.push_back({key, start, bytes});
  return start;
}

bool Block::is_shared(const void* start, size_t bytes) const {
  auto* first = static_cast<const char*>(start);
  for (const Piece& piece : pieces_)
    if (first >= piece.start && first + bytes <= piece.start + piece.bytes) return true;
  return false;
}

void Block::load_later(const BulkLoad& load) {
  Unwatched unwatched;
  loads_.push_back(load);
}

bool Block::take_load(const uint64_t* barrier, BulkLoad& load) {
  Unwatched unwatched;
  for (size_t i = 0; i < loads_.size(); ++i) {
    if (loads_[i].barrier != barrier) continue;
    load = loads_[i];
    loads_.erase(loads_.begin() + static_cast<long>(i));
    return true;
  }
  return false;
}

}  // namespace simt
