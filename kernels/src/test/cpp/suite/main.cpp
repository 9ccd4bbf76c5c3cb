// Runs cases by name on the emulator: suite [OPTIONS] CASE..., where OPTIONS is a list as in the variable SIMT.
// One line for each case, `CASE: ok` or what went wrong. Exit status 1 if any did, 2 for a wrong command line.
#include <cstdio>
#include <string>

#include "simt/options.h"
#include "trial.h"

namespace {

const Named* find(const std::string& name) {
  for (const std::vector<Named>* all : {&ADAPTERS, &CHECKS, &ELEMENTARY, &FUSED, &GENERAL, &QUANTIZED, &SAMPLING, &SPARSE, &TILES})
    for (const Named& one : *all)
      if (name == one.name) return &one;
  return nullptr;
}

}  // namespace

int main(int count, char** words) {
  bool wrong = false;
  for (int i = 1; i < count; ++i) {
    std::string word = words[i];
    if (word.find('=') != std::string::npos) {
      std::string objection = simt::configure(word);
      if (objection.empty()) continue;
      std::fprintf(stderr, "%s\n", objection.c_str());
      return 2;
    }
    const Named* found = find(word);
    if (found == nullptr) {
      std::fprintf(stderr, "no case is called `%s`\n", word.c_str());
      return 2;
    }
    std::string verdict = found->run();
    std::printf("%s: %s\n", found->name, verdict.empty() ? "ok" : verdict.c_str());
    std::fflush(stdout);
    wrong |= !verdict.empty();
  }
  return wrong ? 1 : 0;
}
