// Device and pinned memory, and copies between them.
#include <algorithm>

#include "work.h"

namespace fake {

Memory* memory_of(Context& context, const void* start, size_t bytes) {
  auto* first = static_cast<const char*>(start);
  auto next = context.memory.upper_bound(first);
  if (next == context.memory.begin()) return nullptr;
  Memory& memory = std::prev(next)->second;
  return first + bytes <= memory.start + memory.bytes ? &memory : nullptr;
}

void release(Memory& memory) {
  if (memory.device) driver().device_bytes -= memory.bytes;
  else driver().pinned_bytes -= memory.bytes;
  memory.guarded.forbid();
}

namespace {

bool on_device(Context& context, const void* start, size_t bytes) {
  Memory* memory = memory_of(context, start, bytes);
  return memory != nullptr && memory->device;
}

Result take(Context& context, size_t bytes, bool device, char** start) {
  uint64_t& used = device ? driver().device_bytes : driver().pinned_bytes;
  if (bytes == 0) return refuse(INVALID_VALUE, "an allocation of 0 bytes");
  if (device && used + bytes > driver().settings.memory)
    return refuse(OUT_OF_MEMORY, "%zu bytes beside %llu are more than the device has, %llu", bytes,
                  static_cast<unsigned long long>(used), static_cast<unsigned long long>(driver().settings.memory));
  constexpr size_t POISON_MAX = size_t{1} << 30;  // beyond it, touching all pages costs more than it shows
  simt::Guarded guarded = simt::Guarded::take(bytes, bytes <= POISON_MAX);
  if (guarded.start == nullptr) return refuse(OUT_OF_MEMORY, "the host has no %zu bytes", bytes);
  used += bytes;
  *start = guarded.start;
  context.memory[guarded.start] = {guarded, guarded.start, bytes, device};
  return SUCCESS;
}

Result free_now(Context& context, const void* start, bool device) {
  auto found = context.memory.find(static_cast<const char*>(start));
  if (found == context.memory.end() || found->second.device != device || found->second.guarded.start == nullptr)
    return refuse(INVALID_VALUE, "no %s memory starts at %p (freed before?)", device ? "device" : "pinned", start);
  release(found->second);
  context.memory.erase(found);
  return SUCCESS;
}

/// Host ends may be anywhere; device ends must lie in one living allocation, now and when the copy runs.
struct Ends {
  void* to;
  const void* from;
  size_t bytes;
  bool device_to, device_from;

  Result check(Context& context, const char* name) const {
    if (device_to && !on_device(context, to, bytes))
      return refuse(INVALID_VALUE, "%s: %zu bytes at %p are not inside one device allocation", name, bytes, to);
    if (device_from && !on_device(context, from, bytes))
      return refuse(INVALID_VALUE, "%s: %zu bytes at %p are not inside one device allocation", name, bytes, from);
    return SUCCESS;
  }
  Result run(Context& context, const char* name) const {
    if (check(context, name) != SUCCESS) return ILLEGAL_ADDRESS;
    ++driver().copies;
    std::memmove(to, from, bytes);
    return SUCCESS;
  }
};

Result copy_now(Context& context, const char* name, const Ends& ends) {
  if (Result refused = ends.check(context, name)) return refused;
  run_blocking(context);
  return context.sticky != SUCCESS ? context.sticky : ends.run(context, name);
}

Result copy_later(Context& context, Stream& stream, const char* name, const Ends& ends) {
  if (Result refused = ends.check(context, name)) return refused;
  bool pageable_from = !ends.device_from && memory_of(context, ends.from, ends.bytes) == nullptr;
  bool pageable_to = !ends.device_to && memory_of(context, ends.to, ends.bytes) == nullptr;
  if ((pageable_from || pageable_to) && stream.graph != nullptr)
    return refuse(NOT_SUPPORTED, "%s: pageable memory in a capture is not emulated", name);
  if (pageable_from) {  // the driver stages it: its bytes are taken now
    auto* first = static_cast<const char*>(ends.from);
    auto staged = std::make_shared<std::vector<char>>(first, first + ends.bytes);
    return submit(context, stream, Kind::COPY, name, [&context, name, ends, staged] {
      return Ends{ends.to, staged->data(), ends.bytes, ends.device_to, false}.run(context, name);
    });
  }
  Result result =
      submit(context, stream, Kind::COPY, name, [&context, name, ends] { return ends.run(context, name); });
  if (pageable_to) run_until(context, stream, stream.enqueued);  // the driver waits for such a copy
  return result != SUCCESS ? result : context.sticky;
}

template <class T>
Result set(Context& context, Stream* stream, const char* name, uint64_t start, T value, size_t count) {
  auto* first = reinterpret_cast<T*>(start);
  auto run = [&context, name, first, value, count] {
    if (!on_device(context, first, count * sizeof(T)))
      return refuse(ILLEGAL_ADDRESS, "%s: %zu values at %p are not inside one device allocation", name, count,
                    static_cast<void*>(first));
    std::fill_n(first, count, value);
    return SUCCESS;
  };
  if (!on_device(context, first, count * sizeof(T)))
    return refuse(INVALID_VALUE, "%s: %zu values at %p are not inside one device allocation", name, count,
                  static_cast<void*>(first));
  if (stream != nullptr) return submit(context, *stream, Kind::SET, name, run);
  run_blocking(context);
  return context.sticky != SUCCESS ? context.sticky : run();
}

void* place(uint64_t address) { return reinterpret_cast<void*>(address); }

}  // namespace
}  // namespace fake

using namespace fake;

API cuMemAlloc_v2(uint64_t* address, size_t bytes) {
  READY_OUTSIDE_CAPTURE;
  char* start = nullptr;
  if (Result refused = take(context, bytes, true, &start)) return refused;
  *address = reinterpret_cast<uint64_t>(start);
  return SUCCESS;
}
API cuMemFree_v2(uint64_t address) {
  READY_OUTSIDE_CAPTURE;
  if (address == 0) return SUCCESS;
  run_everything(context);
  return context.sticky != SUCCESS ? context.sticky : free_now(context, place(address), true);
}
API cuMemHostAlloc(void** start, size_t bytes, unsigned) {
  READY_OUTSIDE_CAPTURE;
  char* taken = nullptr;
  if (Result refused = take(context, bytes, false, &taken)) return refused;
  *start = taken;
  return SUCCESS;
}
API cuMemAllocHost_v2(void** start, size_t bytes) { return cuMemHostAlloc(start, bytes, 0); }
API cuMemFreeHost(void* start) {
  READY_OUTSIDE_CAPTURE;
  run_everything(context);
  return context.sticky != SUCCESS ? context.sticky : free_now(context, start, false);
}
API cuMemHostRegister_v2(void* start, size_t bytes, unsigned) {
  READY_OUTSIDE_CAPTURE;
  if (bytes == 0 || memory_of(context, start, bytes) != nullptr)
    return refuse(INVALID_VALUE, "cuMemHostRegister: nothing, or known already");
  auto* first = static_cast<char*>(start);
  context.memory[first] = {{}, first, bytes, false};
  driver().pinned_bytes += bytes;
  return SUCCESS;
}
API cuMemHostUnregister(void* start) {
  READY_OUTSIDE_CAPTURE;
  run_everything(context);
  auto found = context.memory.find(static_cast<char*>(start));
  if (found == context.memory.end() || found->second.guarded.start != nullptr)
    return refuse(INVALID_VALUE, "cuMemHostUnregister: %p is not registered", start);
  release(found->second);
  context.memory.erase(found);
  return SUCCESS;
}
API cuMemHostGetDevicePointer_v2(uint64_t* address, void* start, unsigned) {
  READY;
  Memory* memory = memory_of(context, start, 1);
  if (memory == nullptr || memory->device) return refuse(INVALID_VALUE, "%s: %p is not pinned", call.name(), start);
  *address = reinterpret_cast<uint64_t>(start);
  return SUCCESS;
}
API cuMemGetInfo_v2(size_t* free, size_t* total) {
  READY;
  *total = driver().settings.memory;
  *free = *total - driver().device_bytes;
  return SUCCESS;
}

API cuMemcpyHtoD_v2(uint64_t to, const void* from, size_t bytes) {
  READY_OUTSIDE_CAPTURE;
  return copy_now(context, __func__, {place(to), from, bytes, true, false});
}
API cuMemcpyDtoH_v2(void* to, uint64_t from, size_t bytes) {
  READY_OUTSIDE_CAPTURE;
  return copy_now(context, __func__, {to, place(from), bytes, false, true});
}
API cuMemcpyDtoD_v2(uint64_t to, uint64_t from, size_t bytes) {
  READY_OUTSIDE_CAPTURE;
  return copy_now(context, __func__, {place(to), place(from), bytes, true, true});
}
API cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, void* handle) {
  READY;
  STREAM(stream, handle);
  return copy_later(context, stream, __func__, {place(to), from, bytes, true, false});
}
API cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, void* handle) {
  READY;
  STREAM(stream, handle);
  return copy_later(context, stream, __func__, {to, place(from), bytes, false, true});
}
API cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void* handle) {
  READY;
  STREAM(stream, handle);
  return copy_later(context, stream, __func__, {place(to), place(from), bytes, true, true});
}
API cuMemsetD8Async(uint64_t start, unsigned char value, size_t count, void* handle) {
  READY;
  STREAM(stream, handle);
  return set(context, &stream, __func__, start, value, count);
}
API cuMemsetD16Async(uint64_t start, unsigned short value, size_t count, void* handle) {
  READY;
  STREAM(stream, handle);
  return set(context, &stream, __func__, start, value, count);
}
API cuMemsetD32Async(uint64_t start, unsigned value, size_t count, void* handle) {
  READY;
  STREAM(stream, handle);
  return set(context, &stream, __func__, start, value, count);
}
API cuMemsetD8_v2(uint64_t start, unsigned char value, size_t count) {
  READY_OUTSIDE_CAPTURE;
  return set(context, nullptr, __func__, start, value, count);
}
API cuMemsetD16_v2(uint64_t start, unsigned short value, size_t count) {
  READY_OUTSIDE_CAPTURE;
  return set(context, nullptr, __func__, start, value, count);
}
API cuMemsetD32_v2(uint64_t start, unsigned value, size_t count) {
  READY_OUTSIDE_CAPTURE;
  return set(context, nullptr, __func__, start, value, count);
}
