/* Seeded operands: the same on every machine, since only integers and powers of two make them. */
#ifndef LORIKEET_OPERANDS_H
#define LORIKEET_OPERANDS_H

#include <stddef.h>
#include <stdint.h>

#include "calls.h" /* its numbers of types */

typedef enum { ORDINARY, TINY, SPECIAL } Values; /* TINY: products underflow; SPECIAL: with NaN, infinities and the like */

typedef struct {
  uint64_t state;
  Values values;
} Operands;

Operands operands_of(uint64_t seed, Values values);

/* In [low, high]. */
int between(Operands *o, int low, int high);

/* Awkward sizes from low on, often a multiple of 16. */
int size_of(Operands *o, int low, int high);

/*
 * Memory that ends where nothing may be touched, so that a read or write beyond it ends the program. Freed by release_all.
 * odd: it ends one byte before that, so that elements lie at odd addresses.
 */
void *guarded(size_t bytes, int odd);
void release_all(void);

float *floats(Operands *o, size_t count);

/* [count] elements of a stored type, at an odd address now and then. finite: none that packing refuses. */
void *weights(Operands *o, int type, size_t count, int finite);

/* count different numbers below of. */
int *numbers(Operands *o, int count, int of);

static inline size_t bytes_of(int type) { return type == F32 ? 4 : 2; }

#endif
