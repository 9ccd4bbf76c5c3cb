/*
 * Compares the C kernels of every instruction set that this CPU has with their scalar twin: suite [SEEDS [FIRST-SEED]].
 * A line for each instruction set and kernel: "native-avx2 matmul-bf16 80 DIGEST ok", or what differs; the exit status is then 1. The digest
 * is of all results, so lines of one kernel agree between instruction sets and between architectures.
 */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

/* By the numbers of calls.h. */
static const char *const NAMES[] = {NULL, "native-avx2", "native-avx512", "native-neon", "native-neon-dot"};
#define SETS ((int) (sizeof NAMES / sizeof *NAMES))
#define LARGE_EVERY 40 /* seeds */

int main(int count, char **arguments) {
  long seeds = count > 1 ? atol(arguments[1]) : 80, first = count > 2 ? atol(arguments[2]) : 0;
  int failures = 0, faces = 0;
  for (int set = 1; set < SETS; set++) {
    if (!(lorikeet_cpu() >> set & 1)) continue;
    faces++;
    for (int c = 0; c < case_count; c++) {
      Trial trial = {.set = set, .digest = 0xcbf29ce484222325u};
      long seed = first;
      for (; seed < first + seeds && !trial.failed; seed++) {
        Operands o = operands_of((uint64_t) seed * 64 + (uint64_t) c, seed % 5 < 3 ? ORDINARY : seed % 5 == 3 ? TINY : SPECIAL);
        trial.large = seed % LARGE_EVERY == LARGE_EVERY - 3;
        cases[c].run(&trial, &o, cases[c].type, cases[c].q4);
        release_all();
      }
      if (trial.failed)
        printf("%s %s seed %ld: %s\n", NAMES[set], cases[c].name, seed - 1, trial.what);
      else
        printf("%s %s %ld %016llx ok\n", NAMES[set], cases[c].name, seeds, (unsigned long long) trial.digest);
      failures += trial.failed;
    }
  }
  if (faces == 0) {
    printf("this CPU has no instruction set that there are kernels for\n");
    return 2;
  }
  return failures > 0;
}
