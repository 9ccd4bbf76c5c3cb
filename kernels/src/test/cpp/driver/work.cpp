#include "work.h"

#include <time.h>

#include <cstdio>

namespace fake {
namespace {

int64_t nanos_now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void run_one(Context& context, Stream& stream) {
  Operation operation = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (operation.kind == Kind::WAIT) run_until(context, *operation.waits_for, operation.place);
  if (driver().settings.trace)
    std::fprintf(stderr, "fake cuda: stream %p runs %s\n", static_cast<void*>(&stream), operation.name.c_str());
  if (context.sticky == SUCCESS && operation.run) context.sticky = operation.run();
  if (operation.kind == Kind::RECORD) operation.event->nanos = nanos_now();
  ++stream.done;
}

std::vector<Stream*> living(Context& context) {
  std::vector<Stream*> streams{&context.legacy};
  for (Stream* stream : context.streams.order())
    if (stream->alive) streams.push_back(stream);
  return streams;
}

void progress(Context& context) {
  Driver& d = driver();
  switch (d.settings.mode) {
    case Mode::EAGER: run_everything(context); return;
    case Mode::LAZY: return;
    case Mode::RANDOM:
      for (Stream* stream : living(context))
        while (!stream->queue.empty() && d.random() % 3 == 0) run_one(context, *stream);
  }
}

void wait_for(Stream& stream, Stream& other) {
  if (other.done == other.enqueued) return;
  ++stream.enqueued;
  stream.queue.push_back({Kind::WAIT, "wait for the default stream", {}, nullptr, &other, other.enqueued});
}

}  // namespace

void run_until(Context& context, Stream& stream, uint64_t place) {
  while (stream.done < place && !stream.queue.empty()) run_one(context, stream);
}

void run_everything(Context& context) {
  for (bool any = true; any;) {
    any = false;
    for (Stream* stream : living(context)) {
      any |= !stream->queue.empty();
      run_until(context, *stream, stream->enqueued);
    }
  }
}

void run_blocking(Context& context) {
  for (Stream* stream : living(context))
    if (stream->blocking) run_until(context, *stream, stream->enqueued);
}

namespace {

// Queues it; the stream's count of operations then is its place.
void append(Context& context, Stream& stream, Operation operation) {
  if (&stream == &context.legacy) {
    for (Stream* other : living(context))
      if (other != &stream && other->blocking) wait_for(stream, *other);
  } else if (stream.blocking) {
    wait_for(stream, context.legacy);
  }
  ++stream.enqueued;
  stream.queue.push_back(std::move(operation));
}

}  // namespace

Result enqueue(Context& context, Stream& stream, Operation operation) {
  append(context, stream, std::move(operation));
  progress(context);
  return context.sticky;
}

Result submit(Context& context, Stream& stream, Kind kind, const std::string& name, std::function<Result()> run,
              std::shared_ptr<KernelCall> call) {
  if (stream.graph == nullptr) {
    if (call != nullptr) run = [&context, call] { return run_kernel(context, *call); };
    return enqueue(context, stream, {kind, name, std::move(run)});
  }
  if (stream.invalidated) return refuse(STREAM_CAPTURE_INVALIDATED, "%s: the capture was broken before", name.c_str());
  Graph& graph = *stream.graph;
  Node& node = context.nodes.add(
      {true, kind, name, std::move(run), std::move(call), stream.after, graph.nodes.size(), &graph});
  graph.nodes.push_back(&node);
  stream.after = {node.number};
  return SUCCESS;
}

Stream* stream_of(Context& context, void* handle) {
  if (handle == nullptr || reinterpret_cast<uintptr_t>(handle) == 1) return &context.legacy;
  return context.streams.find(handle);
}

}  // namespace fake

using namespace fake;

API cuStreamCreateWithPriority(void** handle, unsigned flags, int) {
  READY;
  if (flags > 1) return refuse(INVALID_VALUE, "%s: unknown flags %u", call.name(), flags);
  Stream& made = context.streams.add();
  made.blocking = flags == 0;
  *handle = &made;
  return SUCCESS;
}
API cuStreamCreate(void** handle, unsigned flags) { return cuStreamCreateWithPriority(handle, flags, 0); }
API cuStreamDestroy_v2(void* handle) {
  READY;
  OBJECT(Stream, stream, streams, handle);
  if (stream.graph != nullptr) return refuse(INVALID_VALUE, "cuStreamDestroy: the stream is being captured");
  run_until(context, stream, stream.enqueued);
  stream.alive = false;
  return context.sticky;
}
API cuStreamSynchronize(void* handle) {
  READY;
  STREAM(stream, handle);
  if (stream.graph != nullptr) {
    for (Stream* other : stream.graph->capturing) other->invalidated = true;
    return refuse(STREAM_CAPTURE_UNSUPPORTED, "cuStreamSynchronize: the stream is being captured");
  }
  run_until(context, stream, stream.enqueued);
  return context.sticky;
}
API cuStreamQuery(void* handle) {
  READY;
  STREAM(stream, handle);
  if (!stream.queue.empty()) run_one(context, stream);  // time passes
  return context.sticky != SUCCESS ? context.sticky : stream.queue.empty() ? SUCCESS : NOT_READY;
}
API cuStreamWaitEvent(void* handle, void* event_handle, unsigned) {
  READY;
  STREAM(stream, handle);
  OBJECT(Event, event, events, event_handle);
  if (event.captured != nullptr) {
    if (stream.graph == nullptr) {
      stream.graph = event.captured;
      stream.after.clear();
      stream.origin = stream.invalidated = false;
      Stream* origin = *event.captured->capturing.begin();
      stream.capture_mode = origin->capture_mode;
      stream.capture_thread = origin->capture_thread;
      event.captured->capturing.insert(&stream);
    }
    if (stream.graph != event.captured) return refuse(STREAM_CAPTURE_INVALIDATED, "the event is of another capture");
    stream.after.insert(stream.after.end(), event.captured_after.begin(), event.captured_after.end());
    return SUCCESS;
  }
  if (stream.graph != nullptr)
    return refuse(STREAM_CAPTURE_UNSUPPORTED, "cuStreamWaitEvent: the event was recorded outside of the capture");
  if (event.stream == nullptr) return SUCCESS;
  return enqueue(context, stream, {Kind::WAIT, "wait for an event", {}, nullptr, event.stream, event.place});
}

API cuEventCreate(void** handle, unsigned flags) {
  READY;
  constexpr unsigned DISABLE_TIMING = 2;
  *handle = &context.events.add({true, (flags & DISABLE_TIMING) == 0});
  return SUCCESS;
}
API cuEventDestroy_v2(void* handle) {
  READY;
  OBJECT(Event, event, events, handle);
  event.alive = false;  // waits that name it go on by stream and place
  return SUCCESS;
}
API cuEventRecord(void* handle, void* stream_handle) {
  READY;
  OBJECT(Event, event, events, handle);
  STREAM(stream, stream_handle);
  if (stream.graph != nullptr) {
    event.captured = stream.graph;
    event.captured_after = stream.after;
    return SUCCESS;
  }
  event.captured = nullptr;
  event.stream = &stream;
  append(context, stream, {Kind::RECORD, "event", {}, &event});
  event.place = stream.enqueued;
  progress(context);
  return context.sticky;
}
API cuEventRecordWithFlags(void* handle, void* stream, unsigned) { return cuEventRecord(handle, stream); }
API cuEventSynchronize(void* handle) {
  READY;
  OBJECT(Event, event, events, handle);
  if (event.captured != nullptr) return refuse(STREAM_CAPTURE_UNSUPPORTED, "cuEventSynchronize: it is of a capture");
  if (event.stream != nullptr) run_until(context, *event.stream, event.place);
  return context.sticky;
}
API cuEventQuery(void* handle) {
  READY;
  OBJECT(Event, event, events, handle);
  if (event.stream == nullptr || event.stream->done >= event.place) return SUCCESS;
  run_one(context, *event.stream);  // time passes
  return context.sticky != SUCCESS ? context.sticky : event.stream->done >= event.place ? SUCCESS : NOT_READY;
}
API cuEventElapsedTime(float* millis, void* first, void* second) {
  READY;
  OBJECT(Event, start, events, first);
  OBJECT(Event, end, events, second);
  if (!start.timed || !end.timed || start.stream == nullptr || end.stream == nullptr)
    return refuse(INVALID_HANDLE, "cuEventElapsedTime: an event was not recorded or keeps no time");
  if (start.stream->done < start.place || end.stream->done < end.place) return NOT_READY;
  *millis = static_cast<float>(end.nanos - start.nanos) / 1e6f;
  return SUCCESS;
}
API cuEventElapsedTime_v2(float* millis, void* first, void* second) { return cuEventElapsedTime(millis, first, second); }
API cuLaunchHostFunc(void* handle, void (*function)(void*), void* argument) {
  READY;
  STREAM(stream, handle);
  return submit(context, stream, Kind::HOST, "host function", [=] { return function(argument), SUCCESS; });
}
