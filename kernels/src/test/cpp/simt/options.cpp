#include "options.h"

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace simt {
namespace {

constexpr Architecture KNOWN[] = {
    {75, 48 << 10, 64 << 10, 64 << 10, 1024, 1024},
    {80, 48 << 10, 163 << 10, 164 << 10, 1024, 2048}, {86, 48 << 10, 99 << 10, 100 << 10, 1024, 1536},
    {89, 48 << 10, 99 << 10, 100 << 10, 1024, 1536},  {90, 48 << 10, 227 << 10, 228 << 10, 1024, 2048},
    {100, 48 << 10, 227 << 10, 228 << 10, 1024, 2048}, {120, 48 << 10, 99 << 10, 100 << 10, 1024, 1536},
};

bool order_of(const std::string& word, Order& order) {
  if (word == "forward") order = Order::FORWARD;
  else if (word == "reverse") order = Order::REVERSE;
  else if (word == "random") order = Order::RANDOM;
  else return false;
  return true;
}

bool number_of(const std::string& word, uint64_t& number) {
  char* end = nullptr;
  number = std::strtoull(word.c_str(), &end, 10);
  return !word.empty() && *end == 0;
}

bool set(Options& o, const std::string& name, const std::string& word) {
  if (name == "threads") return order_of(word, o.threads);
  if (name == "blocks") return order_of(word, o.blocks);
  uint64_t number = 0;
  if (!number_of(word, number)) return false;
  if (name == "seed") o.seed = number;
  else if (name == "resident" && number > 0) o.resident = static_cast<unsigned>(number);
  else if (name == "stall") o.stall_micros = static_cast<unsigned>(number);
  else if (name == "spins") o.spins_max = number;
  else if (name == "arch") o.architecture = Architecture::of(static_cast<unsigned>(number));
  else return false;
  return true;
}

std::string read(Options& o, const std::string& list) {
  std::istringstream items(list);
  for (std::string item; std::getline(items, item, ',');) {
    size_t equals = item.find('=');
    if (equals == std::string::npos || !set(o, item.substr(0, equals), item.substr(equals + 1)))
      return "`" + item + "` is not understood";
  }
  return "";
}

Options from_environment() {
  Options o;
  const char* list = std::getenv("SIMT");
  std::string wrong = list == nullptr ? "" : read(o, list);
  if (!wrong.empty()) {
    std::fprintf(stderr, "simt: SIMT: %s\n", wrong.c_str());
    std::abort();
  }
  return o;
}

}  // namespace

Architecture Architecture::of(unsigned capability) {
  for (const Architecture& known : KNOWN)
    if (known.capability == capability) return known;
  std::fprintf(stderr, "simt: the architecture must be 75, 80, 86, 89, 90, 100 or 120. Given: %u\n", capability);
  std::abort();
}

Options& options() {
  static Options all = from_environment();
  return all;
}

std::string configure(const std::string& list) { return read(options(), list); }

}  // namespace simt
