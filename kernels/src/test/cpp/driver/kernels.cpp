// Modules, functions, and launches.
#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "simt/options.h"
#include "work.h"

namespace fake {

void close_module(Module& module) {
  module.alive = false;
  for (auto& [name, function] : module.functions) function->alive = false;
  dlclose(module.library);
}

Result run_kernel(Context&, const KernelCall& call) {
  Driver& d = driver();
  ++d.launches;
  if (d.settings.lose_launch != 0 && d.launches >= d.settings.lose_launch) {
    d.lost = true;
    return refuse(DEVICE_UNAVAILABLE, "the device is lost (planted)");
  }
  if (d.launches == d.settings.fail_launch) return refuse(LAUNCH_FAILED, "launch %zu fails (planted)", size_t(d.launches));
  if (!call.function->alive) return refuse(INVALID_HANDLE, "a kernel of an unloaded module is launched");
  std::vector<std::vector<Cells>> values = call.parameters;  // a kernel may change its own copies
  std::vector<void*> parameters;
  for (auto& value : values) parameters.push_back(value.data());
  parameters.push_back(nullptr);
  char text[1024];
  int ended = call.function->run(call.function->kernel, call.grid, call.block, call.dynamic_bytes, parameters.data(),
                                 call.cooperative, text, sizeof text);
  if (ended == 0) return SUCCESS;
  return refuse(ended == 2 ? ILLEGAL_ADDRESS : LAUNCH_FAILED, "%s: %s", call.function->kernel->name, text);
}

namespace {

/// A host build is written to memory and opened from there; anything else stands for the build that the settings name.
Result path_of(const void* image, std::string& path) {
  auto* header = static_cast<const Elf64_Ehdr*>(image);
#if defined(__x86_64__)
  constexpr int MACHINE = EM_X86_64;
#else
  constexpr int MACHINE = EM_AARCH64;
#endif
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_machine != MACHINE) {
    path = driver().settings.module;
    return path.empty() ? refuse(INVALID_IMAGE, "the image is no host build, and `module` names none") : SUCCESS;
  }
  size_t bytes = header->e_shoff + size_t{header->e_shnum} * header->e_shentsize;  // the section table ends the file
  int file = memfd_create("kernels", 0);
  auto* from = static_cast<const char*>(image);
  for (size_t written = 0; file >= 0 && written < bytes;) {
    ssize_t now = write(file, from + written, bytes - written);
    if (now <= 0) return refuse(INVALID_IMAGE, "the image cannot be written to memory");
    written += static_cast<size_t>(now);
  }
  path = "/proc/self/fd/" + std::to_string(file);
  return file < 0 ? refuse(INVALID_IMAGE, "no file in memory") : SUCCESS;
}

Result load(Context& context, void** handle, const void* image) {
  std::string path;
  if (Result refused = path_of(image, path)) return refused;
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (path.starts_with("/proc/self/fd/")) close(std::stoi(path.substr(14)));
  if (library == nullptr) return refuse(INVALID_IMAGE, "%s", dlerror());
  auto* kernels = static_cast<const simt::Kernel*>(dlsym(library, "simt_kernels"));
  auto run = reinterpret_cast<Run>(dlsym(library, "simt_run"));
  auto configure = reinterpret_cast<int (*)(const char*)>(dlsym(library, "simt_configure"));
  if (kernels == nullptr || run == nullptr || configure == nullptr) {
    dlclose(library);
    return refuse(INVALID_IMAGE, "the module has no table of kernels");
  }
  std::string options = "arch=" + std::to_string(driver().settings.architecture);
  if (!driver().settings.simt.empty()) options += "," + driver().settings.simt;
  if (configure(options.c_str()) != 0) {
    dlclose(library);
    return refuse(INVALID_VALUE, "the emulator does not understand `%s`", options.c_str());
  }
  Module& module = context.modules.add({true, library});
  for (; kernels->name != nullptr; ++kernels)
    module.functions[kernels->name] = &context.functions.add({true, kernels, run});
  *handle = &module;
  return SUCCESS;
}

Result make_call(Function& function, const unsigned* grid, const unsigned* block, unsigned dynamic_bytes,
                 void** parameters, bool cooperative, std::shared_ptr<KernelCall>& made) {
  const char* name = function.kernel->name;
  uint64_t threads = uint64_t{block[0]} * block[1] * block[2];
  if (threads == 0 || uint64_t{grid[0]} * grid[1] * grid[2] == 0)
    return refuse(INVALID_VALUE, "%s: an empty grid or block", name);
  if (threads > function.kernel->threads_max)
    return refuse(INVALID_VALUE, "%s: %llu threads in a block, limit %u", name,
                  static_cast<unsigned long long>(threads), function.kernel->threads_max);
  if (dynamic_bytes > function.dynamic_max)
    return refuse(INVALID_VALUE, "%s: %u bytes of dynamic shared memory, limit %zu (an attribute of the function)", name,
                  dynamic_bytes, function.dynamic_max);
  made = std::make_shared<KernelCall>();
  made->function = &function;
  std::copy(grid, grid + 3, made->grid);
  std::copy(block, block + 3, made->block);
  made->dynamic_bytes = dynamic_bytes;
  made->cooperative = cooperative;
  for (unsigned i = 0; i < function.kernel->parameters; ++i) {
    if (parameters == nullptr || parameters[i] == nullptr)
      return refuse(INVALID_VALUE, "%s: parameter %u is missing", name, i);
    size_t bytes = function.kernel->sizes[i];
    made->parameters.emplace_back((bytes + sizeof(Cells) - 1) / sizeof(Cells));
    std::memcpy(made->parameters.back().data(), parameters[i], bytes);
  }
  return SUCCESS;
}

Result launch(Call& call, void* function_handle, const unsigned* grid, const unsigned* block, unsigned dynamic_bytes,
              void* stream_handle, void** parameters, void** extra, bool cooperative) {
  Context& context = call.context();
  OBJECT(Function, function, functions, function_handle);
  STREAM(stream, stream_handle);
  if (extra != nullptr) return refuse(NOT_SUPPORTED, "%s: parameters through `extra`", call.name());
  std::shared_ptr<KernelCall> made;
  if (Result refused = make_call(function, grid, block, dynamic_bytes, parameters, cooperative, made)) return refused;
  return submit(context, stream, Kind::KERNEL, function.kernel->name, {}, made);
}

struct LaunchAttribute {
  int id;
  char pad[4];
  int value[16];
};
static_assert(sizeof(LaunchAttribute) == 72);

struct LaunchConfig {
  unsigned grid[3], block[3], dynamic_bytes;
  void* stream;
  const LaunchAttribute* attributes;
  unsigned attribute_count;
};
static_assert(sizeof(LaunchConfig) == 56);

}  // namespace

/// For graph nodes whose parameters are changed: the same checks as a launch.
Result remake_call(Context& context, void* function_handle, const unsigned* grid, const unsigned* block,
                   unsigned dynamic_bytes, void** parameters, std::shared_ptr<KernelCall>& made) {
  Function* function = context.functions.find(function_handle);
  if (function == nullptr) return refuse(INVALID_HANDLE, "the function is not of this context");
  return make_call(*function, grid, block, dynamic_bytes, parameters, false, made);
}

}  // namespace fake

using namespace fake;

API cuModuleLoadData(void** handle, const void* image) {
  READY_OUTSIDE_CAPTURE;
  return load(context, handle, image);
}
API cuModuleLoadDataEx(void** handle, const void* image, unsigned, int*, void**) { return cuModuleLoadData(handle, image); }
API cuModuleLoadFatBinary(void** handle, const void* image) { return cuModuleLoadData(handle, image); }
API cuModuleUnload(void* handle) {
  READY_OUTSIDE_CAPTURE;
  OBJECT(Module, module, modules, handle);
  run_everything(context);
  close_module(module);
  return context.sticky;
}
API cuModuleGetFunction(void** handle, void* module_handle, const char* name) {
  READY;
  OBJECT(Module, module, modules, module_handle);
  auto found = module.functions.find(name);
  if (found == module.functions.end()) return refuse(NOT_FOUND, "no kernel is called `%s`", name);
  *handle = found->second;
  return SUCCESS;
}
API cuFuncSetAttribute(void* handle, int attribute, int value) {
  READY;
  OBJECT(Function, function, functions, handle);
  constexpr int MAX_DYNAMIC_SHARED = 8, PREFERRED_CARVEOUT = 9;
  if (attribute == PREFERRED_CARVEOUT) return SUCCESS;
  if (attribute != MAX_DYNAMIC_SHARED) return refuse(NOT_SUPPORTED, "%s: %d is not emulated", call.name(), attribute);
  size_t most = simt::Architecture::of(driver().settings.architecture).shared_block_max;
  if (value < 0 || static_cast<size_t>(value) > most)
    return refuse(INVALID_VALUE, "%s: %d bytes of dynamic shared memory, limit %zu", call.name(), value, most);
  function.dynamic_max = static_cast<size_t>(value);
  return SUCCESS;
}
API cuFuncGetAttribute(int* value, int attribute, void* handle) {
  READY;
  OBJECT(Function, function, functions, handle);
  switch (attribute) {
    case 0: *value = static_cast<int>(function.kernel->threads_max); return SUCCESS;
    case 8: *value = static_cast<int>(function.dynamic_max); return SUCCESS;
    default: return refuse(NOT_SUPPORTED, "%s: %d is not emulated", call.name(), attribute);
  }
}
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* handle, int threads, size_t dynamic_bytes) {
  READY;
  OBJECT(Function, function, functions, handle);
  (void)function;
  simt::Architecture chip = simt::Architecture::of(driver().settings.architecture);
  if (threads <= 0) return refuse(INVALID_VALUE, "%s: %d threads", call.name(), threads);
  constexpr size_t RESERVED = 1 << 10;  // of each block
  size_t by_threads = chip.processor_threads_max / static_cast<size_t>(threads);
  size_t by_shared = chip.shared_processor_max / (dynamic_bytes + RESERVED);
  *blocks = static_cast<int>(std::min({by_threads, by_shared, size_t{32}}));
  return SUCCESS;
}
API cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned dynamic_bytes, void* stream, void** parameters, void** extra) {
  READY;
  unsigned grid[3] = {gx, gy, gz}, block[3] = {bx, by, bz};
  return launch(call, function, grid, block, dynamic_bytes, stream, parameters, extra, false);
}
API cuLaunchCooperativeKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                              unsigned bz, unsigned dynamic_bytes, void* stream, void** parameters) {
  READY;
  unsigned grid[3] = {gx, gy, gz}, block[3] = {bx, by, bz};
  return launch(call, function, grid, block, dynamic_bytes, stream, parameters, nullptr, true);
}
API cuLaunchKernelEx(const LaunchConfig* config, void* function, void** parameters, void** extra) {
  READY;
  constexpr int COOPERATIVE = 2, CLUSTER = 4, PROGRAMMATIC_SERIALIZATION = 6, PRIORITY = 8;
  bool cooperative = false;
  for (unsigned i = 0; i < config->attribute_count; ++i) {
    const LaunchAttribute& attribute = config->attributes[i];
    if (attribute.id == COOPERATIVE) cooperative = attribute.value[0] != 0;
    else if (attribute.id == CLUSTER) {
      if (attribute.value[0] != 1 || attribute.value[1] != 1 || attribute.value[2] != 1)
        return refuse(NOT_SUPPORTED, "%s: clusters of blocks are not emulated", call.name());
    } else if (attribute.id != 0 && attribute.id != PROGRAMMATIC_SERIALIZATION && attribute.id != PRIORITY) {
      return refuse(NOT_SUPPORTED, "%s: attribute %d is not emulated", call.name(), attribute.id);
    }
  }
  return launch(call, function, config->grid, config->block, config->dynamic_bytes, config->stream, parameters, extra,
                cooperative);
}
