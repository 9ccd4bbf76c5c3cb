#include "operands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define AREAS_MAX 32

static struct {
  char *at;
  size_t bytes;
} areas[AREAS_MAX];
static int area_count;

static uint64_t next(Operands *o) {
  uint64_t z = o->state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

Operands operands_of(uint64_t seed, Values values) { return (Operands) {seed * 0x2545f4914f6cdd1du, values}; }

int between(Operands *o, int low, int high) { return low + (int) (next(o) >> 33) % (high - low + 1); }

int size_of(Operands *o, int low, int high) {
  int size = between(o, low, high);
  return between(o, 0, 2) == 0 ? (size + 15) & -16 : size;
}

void *guarded(size_t bytes, int odd) {
  size_t page = (size_t) sysconf(_SC_PAGESIZE), whole = (bytes + 1 + page - 1) / page * page;
  char *at = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED || area_count == AREAS_MAX || mprotect(at + whole, page, PROT_NONE) != 0) {
    fprintf(stderr, "no memory for %zu bytes\n", bytes);
    exit(2);
  }
  areas[area_count].at = at;
  areas[area_count++].bytes = whole + page;
  return at + whole - bytes - (odd ? 1 : 0);
}

void release_all(void) {
  while (area_count > 0) {
    area_count--;
    munmap(areas[area_count].at, areas[area_count].bytes);
  }
}

/* In [-4, 4). */
static float ordinary(Operands *o) { return (float) ((int32_t) (next(o) >> 40) - (1 << 23)) * 0x1p-21f; }

static float value(Operands *o) {
  static const float special[] = {NAN, INFINITY, -INFINITY, -0.0f, 0.0f, 0x1p-149f, -0x1p-130f, 0x1.fffffep127f, -200, 200};
  float v = ordinary(o);
  switch (o->values) {
    case TINY: return v * 0x1p-74f;
    case SPECIAL: return between(o, 0, 39) == 0 ? special[between(o, 0, 9)] : 8 * v;
    default: return v;
  }
}

float *floats(Operands *o, size_t count) {
  float *all = guarded(count * sizeof(float), 0);
  for (size_t i = 0; i < count; i++) all[i] = value(o);
  return all;
}

/* Tiny values are subnormals; special ones now and then any bits. */
static uint16_t f16(Operands *o) {
  uint16_t bits = (uint16_t) next(o);
  if (o->values == SPECIAL && between(o, 0, 39) == 0) return bits;
  int exponent = o->values == TINY ? 0 : between(o, 8, 16);
  return (uint16_t) ((bits & 0x83ff) | exponent << 10);
}

void *weights(Operands *o, int type, size_t count, int finite) {
  size_t size = bytes_of(type);
  char *all = guarded(count * size, between(o, 0, 2) == 0);
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    float v = value(o);
    memcpy(&bits, &v, 4);
    uint16_t half = type == F16 ? f16(o) : (uint16_t) (bits >> 16);
    if (finite && !(fabsf(v) < 1e5f)) bits = half = 0;
    if (finite && type == F16 && (half & 0x7c00) == 0x7c00) half = 0;
    memcpy(all + i * size, type == F32 ? (void *) &bits : (void *) &half, size);
  }
  return all;
}

int *numbers(Operands *o, int count, int of) {
  int *all = guarded((size_t) of * sizeof(int), 0);
  for (int i = 0; i < of; i++) {
    int j = between(o, 0, i);
    all[i] = all[j];
    all[j] = i;
  }
  return all + of - count;
}
