/* Cases: each makes operands, calls the twin and a face, and compares everything that they may have written. */
#ifndef LORIKEET_SUITE_H
#define LORIKEET_SUITE_H

#include "operands.h"

/* What a case is told and what it finds. */
typedef struct {
  int set;         /* an instruction set of calls.h */
  int large;       /* whether sizes pass the limits of blocks and buffers */
  uint64_t digest; /* of all results so far, every NaN as one */
  int failed;
  char what[512];  /* the first difference */
} Trial;

typedef struct {
  const char *name;
  void (*run)(Trial *trial, Operands *o, int type, int q4);
  int type;
  int q4;
} Case;

extern const Case cases[];
extern const int case_count;

#endif
