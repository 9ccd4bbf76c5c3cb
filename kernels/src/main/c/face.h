/* The kernels of one instruction set, whose header came before. */

#define BLOCK_TOKENS 512  /* tokens of one pass over the weights, at most; the caller sees to it that their activations fit a core's second-level cache */
#define WEIGHTS (1 << 17) /* bytes of weights that stay there beside them */

#define AHEAD_BYTES 8192  /* of B, as many as a core can have under way */

/* Rows of weights that tokens pass by: at least one tile's. */
INLINE int block_rows(int cols, size_t element) {
  int rows = (int) (WEIGHTS / ((size_t) cols * element)) / ROWS * ROWS;
  return rows < ROWS ? ROWS : rows;
}

/* Tokens are taken in near-equal parts of at most TOKENS, never six and then one: the size of the next part. */
INLINE int next_tokens(int left) {
  int parts = (left + TOKENS - 1) / TOKENS;
  return (left + parts - 1) / parts;
}

#define TYPE f32
#define ELEMENT float
#include "matmul.h"

#define TYPE f16
#define ELEMENT uint16_t
#include "matmul.h"

#define TYPE bf16
#define ELEMENT uint16_t
#include "matmul.h"

#include "attention.h"
#include "quantize.h"
