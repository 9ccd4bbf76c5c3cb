/* The kernels of one instruction set, whose header came before. */

#define BLOCK_TOKENS 512     /* tokens of one pass over the weights, at most */
#define ACTIVATIONS (1 << 17) /* floats of activations that stay in a core's second-level cache while rows pass by */

/* Tokens whose activations fit the cache: at least one tile's, at most BLOCK_TOKENS. */
INLINE int block_tokens(int cols) {
  int tokens = ACTIVATIONS / cols / TOKENS * TOKENS;
  return tokens < TOKENS ? TOKENS : tokens > BLOCK_TOKENS ? BLOCK_TOKENS : tokens;
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
