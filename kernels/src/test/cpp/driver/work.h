// Queues of work: when operations run, and in which order, is what the mode decides.
#pragma once
#include "world.h"

namespace fake {

/// Runs `stream` until `place` operations of it are done, with whatever they wait for.
void run_until(Context& context, Stream& stream, uint64_t place);
void run_everything(Context& context);
/// All streams that the legacy default stream orders: what a blocking copy waits for.
void run_blocking(Context& context);

/// Queues an operation, or adds a node when the stream is being captured.
Result submit(Context& context, Stream& stream, Kind kind, const std::string& name, std::function<Result()> run,
              std::shared_ptr<KernelCall> call = {});
Result enqueue(Context& context, Stream& stream, Operation operation);

/// The stream behind a handle; null and 1 are the legacy default stream.
Stream* stream_of(Context& context, void* handle);

Result run_kernel(Context& context, const KernelCall& call);
Result run_graph(Context& context, const Executable& executable);

/// The piece of memory that holds these bytes whole; null if none does.
Memory* memory_of(Context& context, const void* start, size_t bytes);
void release(Memory& memory);
void close_module(Module& module);

}  // namespace fake

#define STREAM(NAME, HANDLE)                                                                             \
  fake::Stream* NAME##_found = fake::stream_of(context, HANDLE);                                         \
  if (NAME##_found == nullptr)                                                                           \
    return fake::refuse(fake::INVALID_HANDLE, "%s: its " #NAME " %s", call.name(),                       \
                        context.streams.destroyed(HANDLE) ? "was destroyed" : "is not of this context"); \
  fake::Stream& NAME = *NAME##_found
