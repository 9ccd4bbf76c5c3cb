#include "world.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "settings.h"

namespace fake {

Driver& driver() {
  static Driver* one = [] {
    auto* made = new Driver;  // outlives the threads that use it
    const char* list = std::getenv("LORIKEET_FAKE_CUDA");
    std::string wrong = list == nullptr ? "" : read_settings(list, made->settings);
    if (!wrong.empty()) {
      std::fprintf(stderr, "fake cuda: LORIKEET_FAKE_CUDA: %s\n", wrong.c_str());
      std::abort();
    }
    made->random.seed(made->settings.seed);
    return made;
  }();
  return *one;
}

Result refuse(Result code, const char* format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  driver().refusal = text;
  if (driver().settings.trace) std::fprintf(stderr, "fake cuda: %s (%d)\n", text, code);
  return code;
}

Result Call::ready() {
  if (!driver().initialised) return refuse(NOT_INITIALIZED, "%s: cuInit was not called", name_);
  if (driver().lost) return refuse(DEVICE_UNAVAILABLE, "%s: the device is lost", name_);
  Context* context = current_context();
  if (context == nullptr) return refuse(INVALID_CONTEXT, "%s: no context is current on this thread", name_);
  if (context->sticky != SUCCESS) return context->sticky;
  return SUCCESS;
}

Result Call::ready_outside_capture() {
  if (Result refused = ready()) return refused;
  constexpr int RELAXED = 2, OWN_THREAD = 1;
  for (Stream* stream : context().streams.order()) {
    if (!stream->alive || stream->graph == nullptr || stream->capture_mode == RELAXED) continue;
    if (stream->capture_mode == OWN_THREAD && stream->capture_thread != std::this_thread::get_id()) continue;
    for (Stream* other : stream->graph->capturing) other->invalidated = true;
    return refuse(STREAM_CAPTURE_UNSUPPORTED, "%s: not while a stream is being captured", name_);
  }
  return SUCCESS;
}

}  // namespace fake
