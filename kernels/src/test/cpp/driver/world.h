// The state behind the fake driver: one device, its contexts, and what they own. Every call holds the driver's lock.
#pragma once
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "simt/guarded.h"
#include "simt/table.h"

namespace fake {

/// Codes of the driver API, by their documented numbers.
enum Result : int {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  DEVICE_UNAVAILABLE = 46,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_FAILED = 719,
  NOT_SUPPORTED = 801,
  STREAM_CAPTURE_UNSUPPORTED = 900,
  STREAM_CAPTURE_INVALIDATED = 901,
  STREAM_CAPTURE_UNJOINED = 904,
  STREAM_CAPTURE_WRONG_THREAD = 908,
  GRAPH_EXEC_UPDATE_FAILURE = 910,
};

enum class Mode { EAGER, LAZY, RANDOM };

/// From the variable LORIKEET_FAKE_CUDA or `fake_cuda_configure`: mode=lazy,seed=3,fail-launch=7,...
struct Settings {
  Mode mode = Mode::EAGER;
  uint64_t seed = 1;                  // of RANDOM
  uint64_t memory = uint64_t{8} << 30;  // bytes of the device
  uint64_t fail_launch = 0;           // this launch, counted from 1, ends with LAUNCH_FAILED; 0: none
  uint64_t lose_launch = 0;           // from this launch on the device is gone for good; 0: never
  int version = 13000;                // of the driver
  int devices = 1;                    // 0: the driver shows no GPU
  unsigned processors = 4;
  unsigned architecture = 90;
  bool trace = false;
  std::string module;                 // host build to load in place of images that are none
  std::string simt;                   // options for the emulator, as in the variable SIMT, with `;` between them
};

struct Context;
struct Stream;
struct Graph;

struct Memory {
  simt::Guarded guarded;  // empty for registered host memory
  char* start;
  size_t bytes;
  bool device;
};

using Run = int (*)(const simt::Kernel*, const unsigned*, const unsigned*, size_t, void**, int, char*, size_t);

struct Function {
  bool alive = true;
  const simt::Kernel* kernel = nullptr;
  Run run = nullptr;
  size_t dynamic_max = 48 << 10;
};

struct Module {
  bool alive = true;
  void* library = nullptr;
  std::map<std::string, Function*> functions{};
};

struct alignas(64) Cells {  // a TMA descriptor as a parameter lies at a multiple of 64
  unsigned char bytes[64];
};

struct KernelCall {
  Function* function;
  unsigned grid[3], block[3], dynamic_bytes;
  bool cooperative;
  std::vector<std::vector<Cells>> parameters;
};

enum class Kind { KERNEL, COPY, SET, HOST, EMPTY, GRAPH, RECORD, WAIT };

struct Event {
  bool alive = true;
  bool timed = true;
  Stream* stream = nullptr;  // of the last record, with its place in that stream
  uint64_t place = 0;
  int64_t nanos = 0;
  Graph* captured = nullptr;  // recorded into a capture, after these nodes
  std::vector<size_t> captured_after{};
};

struct Operation {
  Kind kind;
  std::string name;
  std::function<Result()> run;
  Event* event = nullptr;          // RECORD
  Stream* waits_for = nullptr;     // WAIT, until its `place` is done
  uint64_t place = 0;
};

struct Node {
  bool alive = true;
  Kind kind = Kind::EMPTY;
  std::string name{};
  std::function<Result()> run{};
  std::shared_ptr<KernelCall> call{};
  std::vector<size_t> after{};
  size_t number = 0;
  Graph* graph = nullptr;
};

struct Graph {
  bool alive = true;
  std::vector<Node*> nodes{};
  std::set<Stream*> capturing{};
};

struct Executable {
  bool alive = true;
  std::vector<Node> nodes{};
};

struct Stream {
  bool alive = true;
  bool blocking = true;  // waits for the legacy default stream, and it for this one
  std::deque<Operation> queue{};
  uint64_t enqueued = 0, done = 0;
  Graph* graph = nullptr;  // being captured into
  bool origin = false;
  bool invalidated = false;
  int capture_mode = 0;
  std::thread::id capture_thread{};
  std::vector<size_t> after{};  // nodes that the next captured one follows
};

/// Objects by handle. Destroyed ones are kept, so that a stale handle is told from a new one.
template <class T>
class Handles {
 public:
  T& add(T made = T{}) {
    auto owned = std::make_unique<T>(std::move(made));
    T& added = *owned;
    all_.emplace(owned.get(), std::move(owned));
    order_.push_back(&added);
    return added;
  }
  T* find(const void* handle) const {
    auto found = all_.find(handle);
    return found == all_.end() || !found->second->alive ? nullptr : found->second.get();
  }
  bool destroyed(const void* handle) const { return all_.contains(handle) && find(handle) == nullptr; }
  const std::vector<T*>& order() const { return order_; }

 private:
  std::unordered_map<const void*, std::unique_ptr<T>> all_;
  std::vector<T*> order_;
};

struct Context {
  bool alive = true;
  bool primary = false;
  Result sticky = SUCCESS;
  Stream legacy{};
  Handles<Stream> streams{};
  Handles<Event> events{};
  Handles<Module> modules{};
  Handles<Function> functions{};
  Handles<Graph> graphs{};
  Handles<Node> nodes{};
  Handles<Executable> executables{};
  std::map<const char*, Memory> memory{};  // by start
};

struct Driver {
  std::recursive_mutex lock;
  Settings settings;
  std::mt19937_64 random;
  Handles<Context> contexts;
  Context* primary = nullptr;
  unsigned primary_users = 0;
  uint64_t device_bytes = 0, pinned_bytes = 0;
  uint64_t launches = 0, copies = 0, graph_launches = 0;
  bool initialised = false;
  bool lost = false;
  std::string refusal;  // the last one, in words
};

Driver& driver();

/// Notes why a call or an operation is refused, and gives back its code.
[[gnu::format(printf, 2, 3)]] Result refuse(Result code, const char* format, ...);

/// The context that is current on this OS thread; null if none is.
Context* current_context();

/// Held by every call of the API for as long as it runs.
class Call {
 public:
  explicit Call(const char* name) : guard_(driver().lock), name_(name) {}

  /// SUCCESS if the driver is initialised, the device there, a context current and without a sticky error.
  Result ready();
  /// And no capture is under way that this call would break.
  Result ready_outside_capture();
  Context& context() { return *current_context(); }
  const char* name() const { return name_; }

 private:
  std::lock_guard<std::recursive_mutex> guard_;
  const char* name_;
};

}  // namespace fake

#define API extern "C" __attribute__((visibility("default"))) int
#define READY                                              \
  fake::Call call(__func__);                               \
  if (fake::Result refused = call.ready()) return refused; \
  [[maybe_unused]] fake::Context& context = call.context()
#define READY_OUTSIDE_CAPTURE                                              \
  fake::Call call(__func__);                                               \
  if (fake::Result refused = call.ready_outside_capture()) return refused; \
  [[maybe_unused]] fake::Context& context = call.context()
/// Finds the object behind a handle, or leaves the call.
#define OBJECT(TYPE, NAME, FROM, HANDLE)                                                                  \
  fake::TYPE* NAME##_found = context.FROM.find(HANDLE);                                                   \
  if (NAME##_found == nullptr)                                                                            \
    return fake::refuse(fake::INVALID_HANDLE, "%s: its " #NAME " %s", call.name(),                        \
                        context.FROM.destroyed(HANDLE) ? "was destroyed" : "is not of this context");     \
  fake::TYPE& NAME = *NAME##_found
