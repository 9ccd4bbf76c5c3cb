// Settings, and the functions by which tests in the same process change them and look inside.
#include "settings.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace fake {
namespace {

bool set(Settings& s, const std::string& name, const std::string& word) {
  if (name == "mode") {
    if (word == "eager") s.mode = Mode::EAGER;
    else if (word == "lazy") s.mode = Mode::LAZY;
    else if (word == "random") s.mode = Mode::RANDOM;
    else return false;
    return true;
  }
  if (name == "module") return s.module = word, true;
  if (name == "simt") return s.simt = word, std::replace(s.simt.begin(), s.simt.end(), ';', ','), true;
  char* end = nullptr;
  uint64_t number = std::strtoull(word.c_str(), &end, 10);
  if (word.empty() || *end != 0) return false;
  if (name == "seed") s.seed = number;
  else if (name == "memory") s.memory = number;
  else if (name == "fail-launch") s.fail_launch = number;
  else if (name == "lose-launch") s.lose_launch = number;
  else if (name == "version") s.version = static_cast<int>(number);
  else if (name == "devices") s.devices = static_cast<int>(number);
  else if (name == "processors") s.processors = static_cast<unsigned>(number);
  else if (name == "arch") s.architecture = static_cast<unsigned>(number);
  else if (name == "trace") s.trace = number != 0;
  else return false;
  return true;
}

}  // namespace

std::string read_settings(const std::string& list, Settings& settings) {
  std::istringstream items(list);
  for (std::string item; std::getline(items, item, ',');) {
    size_t equals = item.find('=');
    if (equals == std::string::npos || !set(settings, item.substr(0, equals), item.substr(equals + 1)))
      return "`" + item + "` is not understood";
  }
  return "";
}

}  // namespace fake

using namespace fake;

/// Defaults, then the list. Starts the counts of launches anew and brings a lost device back. 0, or 1 if the list is wrong.
API fake_cuda_configure(const char* list) {
  Call call(__func__);
  Settings wanted;
  std::string wrong = read_settings(list, wanted);
  if (!wrong.empty()) return refuse(INVALID_VALUE, "%s", wrong.c_str());
  driver().settings = wanted;
  driver().random.seed(wanted.seed);
  driver().launches = driver().copies = driver().graph_launches = 0;
  driver().lost = false;
  driver().refusal.clear();
  return SUCCESS;
}

/// device bytes, pinned bytes, kernel launches, copies, graph launches
API fake_cuda_counts(uint64_t counts[5]) {
  Call call(__func__);
  const Driver& d = driver();
  uint64_t now[5] = {d.device_bytes, d.pinned_bytes, d.launches, d.copies, d.graph_launches};
  std::copy(now, now + 5, counts);
  return SUCCESS;
}

/// Why the last refused call or operation was refused.
API fake_cuda_refusal(char* text, size_t bytes) {
  Call call(__func__);
  std::snprintf(text, bytes, "%s", driver().refusal.c_str());
  return SUCCESS;
}

/// One line for each piece of memory that living contexts still hold, and its count.
API fake_cuda_leaks(char* text, size_t bytes, uint64_t* count) {
  Call call(__func__);
  std::string lines;
  *count = 0;
  for (Context* context : driver().contexts.order())
    for (auto& [start, memory] : context->memory) {
      ++*count;
      lines += std::string(memory.device ? "device" : "pinned") + " " + std::to_string(memory.bytes) + "\n";
    }
  std::snprintf(text, bytes, "%s", lines.c_str());
  return SUCCESS;
}
