// Initialisation, the device's attributes, contexts, and names of errors.
#include <cstdio>

#include "simt/options.h"
#include "work.h"

namespace fake {
namespace {

thread_local std::vector<Context*> stack;  // of current contexts, as cuCtxPushCurrent has it

int attribute(int number) {
  const simt::Architecture chip = simt::Architecture::of(driver().settings.architecture);
  switch (number) {
    case 1: return static_cast<int>(chip.block_threads_max);  // MAX_THREADS_PER_BLOCK
    case 2: case 3: return 1024;                              // MAX_BLOCK_DIM_X, Y
    case 4: return 64;                                        // MAX_BLOCK_DIM_Z
    case 5: return 2147483647;                                // MAX_GRID_DIM_X
    case 6: case 7: return 65535;                             // MAX_GRID_DIM_Y, Z
    case 8: return static_cast<int>(chip.shared_static_max);  // MAX_SHARED_MEMORY_PER_BLOCK
    case 9: return 64 << 10;                                  // TOTAL_CONSTANT_MEMORY
    case 10: return 32;                                       // WARP_SIZE
    case 12: return 65536;                                    // MAX_REGISTERS_PER_BLOCK
    case 15: return 1;                                        // GPU_OVERLAP
    case 16: return static_cast<int>(driver().settings.processors);  // MULTIPROCESSOR_COUNT
    case 38: return 50 << 20;                                 // L2_CACHE_SIZE
    case 39: return static_cast<int>(chip.processor_threads_max);
    case 40: return 2;                                        // ASYNC_ENGINE_COUNT
    case 41: return 1;                                        // UNIFIED_ADDRESSING
    case 75: return static_cast<int>(chip.capability / 10);
    case 76: return static_cast<int>(chip.capability % 10);
    case 81: return static_cast<int>(chip.shared_processor_max);
    case 82: return 65536;                                    // MAX_REGISTERS_PER_MULTIPROCESSOR
    case 95: return 1;                                        // COOPERATIVE_LAUNCH
    case 97: return static_cast<int>(chip.shared_block_max);  // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    case 115: return 0;                                       // MEMORY_POOLS_SUPPORTED
    default: return -1;
  }
}

void destroy(Context& context) {
  for (auto& [start, memory] : context.memory) release(memory);
  context.memory.clear();
  for (Stream* stream : context.streams.order()) stream->queue.clear();
  context.legacy.queue.clear();
  for (Module* module : context.modules.order())
    if (module->alive) close_module(*module);
  context.alive = false;
  std::erase(stack, &context);
}

const char* name_of(int code) {
  switch (code) {
    case SUCCESS: return "CUDA_SUCCESS";
    case INVALID_VALUE: return "CUDA_ERROR_INVALID_VALUE";
    case OUT_OF_MEMORY: return "CUDA_ERROR_OUT_OF_MEMORY";
    case NOT_INITIALIZED: return "CUDA_ERROR_NOT_INITIALIZED";
    case DEVICE_UNAVAILABLE: return "CUDA_ERROR_DEVICE_UNAVAILABLE";
    case INVALID_IMAGE: return "CUDA_ERROR_INVALID_IMAGE";
    case INVALID_CONTEXT: return "CUDA_ERROR_INVALID_CONTEXT";
    case INVALID_HANDLE: return "CUDA_ERROR_INVALID_HANDLE";
    case NOT_FOUND: return "CUDA_ERROR_NOT_FOUND";
    case NOT_READY: return "CUDA_ERROR_NOT_READY";
    case ILLEGAL_ADDRESS: return "CUDA_ERROR_ILLEGAL_ADDRESS";
    case LAUNCH_FAILED: return "CUDA_ERROR_LAUNCH_FAILED";
    case NOT_SUPPORTED: return "CUDA_ERROR_NOT_SUPPORTED";
    case STREAM_CAPTURE_UNSUPPORTED: return "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED";
    case STREAM_CAPTURE_INVALIDATED: return "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED";
    case STREAM_CAPTURE_UNJOINED: return "CUDA_ERROR_STREAM_CAPTURE_UNJOINED";
    case STREAM_CAPTURE_WRONG_THREAD: return "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD";
    case GRAPH_EXEC_UPDATE_FAILURE: return "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE";
    default: return nullptr;
  }
}

Result started(Call& call) {
  if (!driver().initialised) return refuse(NOT_INITIALIZED, "%s: cuInit was not called", call.name());
  if (driver().lost) return refuse(DEVICE_UNAVAILABLE, "%s: the device is lost", call.name());
  return SUCCESS;
}

}  // namespace

Context* current_context() {
  while (!stack.empty() && !stack.back()->alive) stack.pop_back();  // destroyed by another thread
  return stack.empty() ? nullptr : stack.back();
}

}  // namespace fake

using namespace fake;

#define STARTED                                          \
  Call call(__func__);                                   \
  if (Result refused = started(call)) return refused
#define CONTEXT(NAME, HANDLE)                                                                              \
  Context* NAME = driver().contexts.find(HANDLE);                                                          \
  if (NAME == nullptr) return refuse(INVALID_CONTEXT, "%s: there is no such context (any more)", call.name())

API cuInit(unsigned flags) {
  Call call(__func__);
  if (flags != 0) return refuse(INVALID_VALUE, "cuInit: flags must be 0");
  if (driver().lost) return refuse(DEVICE_UNAVAILABLE, "cuInit: the device is lost");
  driver().initialised = true;
  return SUCCESS;
}
API cuDriverGetVersion(int* version) { return *version = driver().settings.version, SUCCESS; }

API cuGetErrorName(int code, const char** text) {
  *text = name_of(code);
  return *text == nullptr ? INVALID_VALUE : SUCCESS;
}
API cuGetErrorString(int code, const char** text) { return cuGetErrorName(code, text); }

API cuDeviceGetCount(int* count) {
  STARTED;
  *count = driver().settings.devices;
  return SUCCESS;
}
API cuDeviceGet(int* device, int ordinal) {
  STARTED;
  if (ordinal != 0) return refuse(INVALID_VALUE, "cuDeviceGet: there is one device, 0");
  *device = 0;
  return SUCCESS;
}
API cuDeviceGetName(char* name, int bytes, int) {
  STARTED;
  std::snprintf(name, static_cast<size_t>(bytes), "emulated sm_%u", driver().settings.architecture);
  return SUCCESS;
}
API cuDeviceTotalMem_v2(size_t* bytes, int) {
  STARTED;
  *bytes = driver().settings.memory;
  return SUCCESS;
}
API cuDeviceGetAttribute(int* value, int number, int) {
  STARTED;
  int known = attribute(number);
  if (known < 0) return refuse(NOT_SUPPORTED, "cuDeviceGetAttribute: %d is not emulated", number);
  *value = known;
  return SUCCESS;
}

API cuCtxCreate_v2(void** handle, unsigned, int) {
  STARTED;
  Context& made = driver().contexts.add();
  stack.push_back(&made);
  *handle = &made;
  return SUCCESS;
}
API cuCtxDestroy_v2(void* handle) {
  Call call(__func__);
  CONTEXT(found, handle);
  if (found->primary) return refuse(INVALID_CONTEXT, "cuCtxDestroy: a primary context is released");
  if (found->sticky == SUCCESS && !driver().lost) run_everything(*found);
  destroy(*found);
  return SUCCESS;
}
API cuDevicePrimaryCtxRetain(void** handle, int) {
  STARTED;
  Driver& d = driver();
  if (d.primary == nullptr) {
    d.primary = &d.contexts.add();
    d.primary->primary = true;
  }
  ++d.primary_users;
  *handle = d.primary;
  return SUCCESS;
}
API cuDevicePrimaryCtxRelease_v2(int) {
  Call call(__func__);
  Driver& d = driver();
  if (d.primary_users == 0) return refuse(INVALID_CONTEXT, "cuDevicePrimaryCtxRelease: it is not retained");
  if (--d.primary_users > 0) return SUCCESS;
  if (d.primary->sticky == SUCCESS && !d.lost) run_everything(*d.primary);
  destroy(*d.primary);
  d.primary = nullptr;
  return SUCCESS;
}
API cuCtxSetCurrent(void* handle) {
  STARTED;
  if (handle == nullptr) {
    if (!stack.empty()) stack.pop_back();
    return SUCCESS;
  }
  CONTEXT(found, handle);
  if (!stack.empty()) stack.pop_back();
  stack.push_back(found);
  return SUCCESS;
}
API cuCtxGetCurrent(void** handle) {
  STARTED;
  *handle = current_context();
  return SUCCESS;
}
API cuCtxPushCurrent_v2(void* handle) {
  STARTED;
  CONTEXT(found, handle);
  stack.push_back(found);
  return SUCCESS;
}
API cuCtxPopCurrent_v2(void** handle) {
  STARTED;
  Context* popped = current_context();
  if (popped == nullptr) return refuse(INVALID_CONTEXT, "cuCtxPopCurrent: no context is current on this thread");
  stack.pop_back();
  if (handle != nullptr) *handle = popped;
  return SUCCESS;
}
API cuCtxGetDevice(int* device) {
  READY;
  *device = 0;
  return SUCCESS;
}
API cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  READY;
  if (least != nullptr) *least = 0;
  if (greatest != nullptr) *greatest = -5;
  return SUCCESS;
}
API cuCtxSynchronize() {
  READY_OUTSIDE_CAPTURE;
  run_everything(context);
  return context.sticky;
}
