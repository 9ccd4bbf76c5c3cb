// Capture of streams into graphs, and their replay.
#include <algorithm>
#include <thread>

#include "work.h"

namespace fake {

Result remake_call(Context& context, void* function, const unsigned* grid, const unsigned* block, unsigned dynamic_bytes,
                   void** parameters, std::shared_ptr<KernelCall>& made);

// Any order that the edges allow is right. Lazy takes the node that was captured last, so that a missing edge shows.
Result run_graph(Context& context, const Executable& executable) {
  ++driver().graph_launches;
  size_t count = executable.nodes.size();
  std::vector<size_t> missing(count), ready;
  std::vector<std::vector<size_t>> followers(count);
  for (size_t i = 0; i < count; ++i) {
    missing[i] = executable.nodes[i].after.size();
    for (size_t before : executable.nodes[i].after) followers[before].push_back(i);
    if (missing[i] == 0) ready.push_back(i);
  }
  while (!ready.empty()) {
    size_t pick = 0;
    if (driver().settings.mode == Mode::RANDOM) pick = driver().random() % ready.size();
    else if (driver().settings.mode == Mode::LAZY)
      pick = static_cast<size_t>(std::max_element(ready.begin(), ready.end()) - ready.begin());
    size_t now = ready[pick];
    ready.erase(ready.begin() + static_cast<long>(pick));
    const Node& node = executable.nodes[now];
    Result result = node.call != nullptr ? run_kernel(context, *node.call) : node.run ? node.run() : SUCCESS;
    if (result != SUCCESS) return result;
    for (size_t follower : followers[now])
      if (--missing[follower] == 0) ready.push_back(follower);
  }
  return SUCCESS;
}

namespace {

bool joined(const Graph& graph, const Stream& origin) {
  std::set<size_t> reached;
  std::vector<size_t> open = origin.after;
  while (!open.empty()) {
    size_t node = open.back();
    open.pop_back();
    if (!reached.insert(node).second) continue;
    open.insert(open.end(), graph.nodes[node]->after.begin(), graph.nodes[node]->after.end());
  }
  return reached.size() == graph.nodes.size();
}

struct KernelNodeParams {
  void* function;
  unsigned grid[3], block[3], dynamic_bytes;
  void** parameters;
  void** extra;
  void* kernel;
  void* context;
};

std::vector<Node> copies(const Graph& graph) {
  std::vector<Node> nodes;
  for (const Node* node : graph.nodes) nodes.push_back(*node);
  return nodes;
}

}  // namespace
}  // namespace fake

using namespace fake;

API cuStreamBeginCapture_v2(void* handle, int mode) {
  READY;
  STREAM(stream, handle);
  if (&stream == &context.legacy) return refuse(STREAM_CAPTURE_UNSUPPORTED, "the default stream cannot be captured");
  if (stream.graph != nullptr) return refuse(INVALID_VALUE, "the stream is being captured already");
  stream.graph = &context.graphs.add();
  stream.graph->capturing = {&stream};
  stream.origin = true;
  stream.invalidated = false;
  stream.capture_mode = mode;
  stream.capture_thread = std::this_thread::get_id();
  stream.after.clear();
  return SUCCESS;
}
API cuStreamEndCapture(void* handle, void** graph_handle) {
  READY;
  STREAM(stream, handle);
  *graph_handle = nullptr;
  if (stream.graph == nullptr || !stream.origin) return refuse(INVALID_VALUE, "no capture began on this stream");
  if (stream.capture_mode != 2 && stream.capture_thread != std::this_thread::get_id())
    return refuse(STREAM_CAPTURE_WRONG_THREAD, "the capture began on another thread");
  Graph& graph = *stream.graph;
  bool broken = stream.invalidated, whole = joined(graph, stream);
  for (Stream* other : graph.capturing) other->graph = nullptr;
  graph.capturing.clear();
  for (Event* event : context.events.order())
    if (event->captured == &graph) event->captured = nullptr;
  if (broken || !whole) {
    graph.alive = false;
    return broken ? refuse(STREAM_CAPTURE_INVALIDATED, "the capture was broken before")
                  : refuse(STREAM_CAPTURE_UNJOINED, "work of a forked stream was not joined");
  }
  *graph_handle = &graph;
  return SUCCESS;
}
API cuStreamIsCapturing(void* handle, int* status) {
  READY;
  STREAM(stream, handle);
  *status = stream.graph == nullptr ? 0 : stream.invalidated ? 2 : 1;
  return SUCCESS;
}
API cuThreadExchangeStreamCaptureMode(int* mode) {
  READY;
  static thread_local int own = 0;
  std::swap(own, *mode);
  return SUCCESS;
}
API cuGraphInstantiateWithFlags(void** handle, void* graph_handle, unsigned long long) {
  READY;
  OBJECT(Graph, graph, graphs, graph_handle);
  *handle = &context.executables.add({true, copies(graph)});
  return SUCCESS;
}
API cuGraphLaunch(void* handle, void* stream_handle) {
  READY;
  OBJECT(Executable, executable, executables, handle);
  STREAM(stream, stream_handle);
  if (stream.graph != nullptr) return refuse(NOT_SUPPORTED, "a graph inside a capture is not emulated");
  auto now = std::make_shared<Executable>(executable);  // later updates do not touch launches before them
  return submit(context, stream, Kind::GRAPH, "graph", [&context, now] { return run_graph(context, *now); });
}
API cuGraphUpload(void* handle, void* stream_handle) {
  READY;
  OBJECT(Executable, executable, executables, handle);
  (void)executable;
  STREAM(stream, stream_handle);
  (void)stream;
  return SUCCESS;
}
API cuGraphExecDestroy(void* handle) {
  READY;
  OBJECT(Executable, executable, executables, handle);
  executable.alive = false;
  executable.nodes.clear();
  return SUCCESS;
}
API cuGraphDestroy(void* handle) {
  READY;
  OBJECT(Graph, graph, graphs, handle);
  for (Node* node : graph.nodes) node->alive = false;
  graph.alive = false;
  return SUCCESS;
}
API cuGraphGetNodes(void* handle, void** nodes, size_t* count) {
  READY;
  OBJECT(Graph, graph, graphs, handle);
  for (size_t i = 0; nodes != nullptr && i < *count; ++i) nodes[i] = i < graph.nodes.size() ? graph.nodes[i] : nullptr;
  *count = graph.nodes.size();
  return SUCCESS;
}
API cuGraphNodeGetType(void* handle, int* type) {
  READY;
  OBJECT(Node, node, nodes, handle);
  switch (node.kind) {
    case Kind::KERNEL: *type = 0; return SUCCESS;
    case Kind::COPY: *type = 1; return SUCCESS;
    case Kind::SET: *type = 2; return SUCCESS;
    case Kind::HOST: *type = 3; return SUCCESS;
    default: *type = 5; return SUCCESS;
  }
}
API cuGraphExecKernelNodeSetParams_v2(void* handle, void* node_handle, const KernelNodeParams* wanted) {
  READY;
  OBJECT(Executable, executable, executables, handle);
  OBJECT(Node, node, nodes, node_handle);
  if (node.call == nullptr || node.number >= executable.nodes.size())
    return refuse(INVALID_VALUE, "%s: the node is no kernel of this graph", call.name());
  if (wanted->extra != nullptr) return refuse(NOT_SUPPORTED, "%s: parameters through `extra`", call.name());
  std::shared_ptr<KernelCall> made;
  if (Result refused = remake_call(context, wanted->function, wanted->grid, wanted->block, wanted->dynamic_bytes,
                                   wanted->parameters, made))
    return refused;
  executable.nodes[node.number].call = made;
  return SUCCESS;
}
/// `told` is {result, node, node}: 0 for success, 2 for other topology, 3 for another kind of node.
API cuGraphExecUpdate_v2(void* handle, void* graph_handle, void** told) {
  READY;
  OBJECT(Executable, executable, executables, handle);
  OBJECT(Graph, graph, graphs, graph_handle);
  constexpr int TOPOLOGY_CHANGED = 2, NODE_TYPE_CHANGED = 3;
  std::vector<Node> fresh = copies(graph);
  int difference = fresh.size() != executable.nodes.size() ? TOPOLOGY_CHANGED : 0;
  for (size_t i = 0; difference == 0 && i < fresh.size(); ++i) {
    if (fresh[i].after != executable.nodes[i].after) difference = TOPOLOGY_CHANGED;
    else if (fresh[i].kind != executable.nodes[i].kind) difference = NODE_TYPE_CHANGED;
  }
  told[0] = told[1] = told[2] = nullptr;
  *reinterpret_cast<int*>(told) = difference;
  if (difference != 0) return refuse(GRAPH_EXEC_UPDATE_FAILURE, "the graphs differ: %d", difference);
  executable.nodes = std::move(fresh);
  return SUCCESS;
}
