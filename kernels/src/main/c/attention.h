/*
 * Kernels.attention: one row over positions [start, length), for query heads that share one KV head. Keys [head_dim][16] and values
 * [16][head_dim] of a block lie at cache + block * stride + their offset. HEADS query heads at a time share each load.
 */
#define NAME(a) JOIN(a, FACE)
#define PARTS (CHAIN / W)
#define RANGE 256          /* positions of a partial */
#define HEAD_DIM_MAX 512   /* the caller checks */

typedef struct {
  const float *cache;
  long stride, key_offset, value_offset;
  int head_dim;
  const int *blocks;
  int last; /* the row's own position */
  float scale, soft_cap;
} NAME(Row);

/* ExactMath.exp, lane by lane. */
INLINE lanes exp_lanes(lanes x) {
  lanes v = at_most(EXP_MAX, at_least(EXP_MIN, x));
  lanes shifted = fma_(v, set1(LOG2_E), set1(ROUND));
  lanes whole = sub(shifted, set1(ROUND));
  lanes r = fma_(whole, set1(-LN2_LOW), fma_(whole, set1(-LN2_HIGH), v));
  lanes q = fma_(set1(E6), r, set1(E5));
  q = fma_(q, r, set1(E4));
  q = fma_(q, r, set1(E3));
  q = fma_(q, r, set1(E2));
  return times_power(add(fma_(q, mul(r, r), r), set1(1.0f)), shifted);
}

INLINE float largest_lane(lanes a) {
  float all[W], most = -INFINITY;
  store(all, a);
  for (int i = 0; i < W; i++) most = all[i] > most ? all[i] : most;
  return most;
}

INLINE float exp_one(float x) {
  float all[W];
  store(all, exp_lanes(set1(x)));
  return all[0];
}

/* What Scores makes of dot products; token: position of the first lane. */
INLINE lanes score(const NAME(Row) * row, lanes dot, const float *slope, int token) {
  lanes s = mul(dot, set1(row->scale));
  if (row->soft_cap != 0) {
    lanes cap = set1(row->soft_cap), x = quotient(s, cap);
    lanes e = exp_lanes(mul(set1(2.0f), x));
    s = mul(cap, sub(set1(1.0f), quotient(set1(2.0f), add(e, set1(1.0f)))));
  }
  if (slope) {
    float distance[W];
    for (int i = 0; i < W; i++) distance[i] = (float) (token + i - row->last);
    s = fma_(set1(*slope), load(distance), s);
  }
  return s;
}

/* Scores of H heads with B whole blocks from position token on; scores [H][RANGE] at token mod RANGE. */
INLINE void NAME(score_blocks)(
    const NAME(Row) * row, const int H, const int B, const float *q, const float *slopes, int token, float (*scores)[RANGE]) {
  const float *keys[BLOCKS];
  lanes dots[HEADS][BLOCKS][PARTS];
#pragma GCC unroll 4
  for (int b = 0; b < B; b++) {
    keys[b] = row->cache + row->blocks[token / CHAIN + b] * row->stride + row->key_offset;
#pragma GCC unroll 4
    for (int h = 0; h < H; h++)
#pragma GCC unroll 4
      for (int p = 0; p < PARTS; p++) dots[h][b][p] = zero();
  }
  for (int d = 0; d < row->head_dim; d++) {
    lanes a[HEADS];
#pragma GCC unroll 4
    for (int h = 0; h < H; h++) a[h] = set1(q[h * row->head_dim + d]);
#pragma GCC unroll 4
    for (int b = 0; b < B; b++)
#pragma GCC unroll 4
      for (int p = 0; p < PARTS; p++) {
        lanes key = load(keys[b] + d * CHAIN + p * W);
#pragma GCC unroll 4
        for (int h = 0; h < H; h++) dots[h][b][p] = fma_(a[h], key, dots[h][b][p]);
      }
  }
#pragma GCC unroll 4
  for (int h = 0; h < H; h++)
#pragma GCC unroll 4
    for (int b = 0; b < B; b++)
#pragma GCC unroll 4
      for (int p = 0; p < PARTS; p++) {
        int at = token + b * CHAIN + p * W;
        store(scores[h] + at % RANGE, score(row, dots[h][b][p], slopes ? slopes + h : NULL, at));
      }
}

/*
 * The probabilities of positions [begin, end), in place of their scores: their largest score, and their sum by lane and tree.
 * Positions of the same blocks outside get the score -infinity, so the probability 0.
 */
INLINE float probabilities(float *scores, int begin, int end, float *largest) {
  int first = begin / CHAIN * CHAIN, stop = (end + CHAIN - 1) / CHAIN * CHAIN;
  for (int t = first; t < begin; t++) scores[t] = -INFINITY;
  for (int t = end; t < stop; t++) scores[t] = -INFINITY;
  lanes most = set1(-INFINITY), chain[PARTS];
  for (int t = first; t < stop; t += W) most = larger_number(load(scores + t), most);
  *largest = largest_lane(most);
  for (int p = 0; p < PARTS; p++) chain[p] = zero();
  for (int t = first; t < stop; t += CHAIN)
    for (int p = 0; p < PARTS; p++) {
      lanes e = exp_lanes(sub(load(scores + t + p * W), set1(*largest)));
      store(scores + t + p * W, e);
      chain[p] = add(chain[p], e);
    }
  return tree(chain);
}

/* out [H][head_dim], dimensions [d, d + V * W): the chains of probability times value over positions [begin, end). */
INLINE void NAME(value_columns)(
    const NAME(Row) * row, const int H, const int V, int begin, int end, int d, float (*scores)[RANGE], float *out) {
  lanes sums[HEADS][4];
#pragma GCC unroll 4
  for (int h = 0; h < H; h++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sums[h][v] = zero();
  for (int t = begin; t < end;) {
    int stop = (t / CHAIN + 1) * CHAIN < end ? (t / CHAIN + 1) * CHAIN : end;
    const float *values = row->cache + row->blocks[t / CHAIN] * row->stride + row->value_offset + d;
    for (; t < stop; t++) {
      lanes a[HEADS];
#pragma GCC unroll 4
      for (int h = 0; h < H; h++) a[h] = set1(scores[h][t % RANGE]);
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) {
        lanes column = load(values + t % CHAIN * row->head_dim + v * W);
#pragma GCC unroll 4
        for (int h = 0; h < H; h++) sums[h][v] = fma_(a[h], column, sums[h][v]);
      }
    }
  }
#pragma GCC unroll 4
  for (int h = 0; h < H; h++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) store(out + h * row->head_dim + d + v * W, sums[h][v]);
}

INLINE void NAME(values)(const NAME(Row) * row, const int H, int begin, int end, float (*scores)[RANGE], float *out) {
  int d = 0;
  for (; d + 4 * W <= row->head_dim; d += 4 * W) NAME(value_columns)(row, H, 4, begin, end, d, scores, out);
  for (; d + W <= row->head_dim; d += W) NAME(value_columns)(row, H, 1, begin, end, d, scores, out);
  for (; d < row->head_dim; d++)
    for (int h = 0; h < H; h++) {
      float sum = 0;
      for (int t = begin; t < end; t++) {
        const float *values = row->cache + row->blocks[t / CHAIN] * row->stride + row->value_offset;
        sum = fmaf(scores[h][t % RANGE], values[t % CHAIN * row->head_dim + d], sum);
      }
      out[h * row->head_dim + d] = sum;
    }
}

/* old = fma(fresh, factor, old * old_factor), element by element */
INLINE void merge(float *old, const float *fresh, float old_factor, float factor, int count) {
  int d = 0;
  for (; d + W <= count; d += W) store(old + d, fma_(load(fresh + d), set1(factor), mul(load(old + d), set1(old_factor))));
  for (; d < count; d++) old[d] = fmaf(fresh[d], factor, old[d] * old_factor);
}

INLINE void NAME(attend)(const NAME(Row) * row, const int H, int start, int length, const float *q, const float *slopes, float *out) {
  float scores[HEADS][RANGE];
  float partial[HEADS * HEAD_DIM_MAX];
  float most[HEADS] = {0}, sum[HEADS] = {0};
  int head_dim = row->head_dim;
  for (int begin = start, end; begin < length; begin = end) {
    end = (begin / RANGE + 1) * RANGE < length ? (begin / RANGE + 1) * RANGE : length;
    int token = begin / CHAIN * CHAIN;
    for (; token + (BLOCKS - 1) * CHAIN < end; token += BLOCKS * CHAIN) NAME(score_blocks)(row, H, BLOCKS, q, slopes, token, scores);
    for (; token < end; token += CHAIN) NAME(score_blocks)(row, H, 1, q, slopes, token, scores);
    int first = begin % RANGE, stop = first + end - begin;
    float range_most[HEADS], range_sum[HEADS];
    for (int h = 0; h < H; h++) range_sum[h] = probabilities(scores[h], first, stop, range_most + h);
    NAME(values)(row, H, begin, end, scores, begin == start ? out : partial);
    for (int h = 0; h < H; h++) {
      if (begin > start) {
        float larger = most[h] > range_most[h] ? most[h] : range_most[h];
        float old = exp_one(most[h] - larger), fresh = exp_one(range_most[h] - larger);
        range_most[h] = larger;
        range_sum[h] = fmaf(range_sum[h], fresh, sum[h] * old);
        merge(out + h * head_dim, partial + h * head_dim, old, fresh, head_dim);
      }
      most[h] = range_most[h];
      sum[h] = range_sum[h];
    }
  }
  for (int h = 0; h < H; h++)
    for (int d = 0; d < head_dim; d++) out[h * head_dim + d] /= sum[h];
}

/* Heads are taken in near-equal parts of at most HEADS: the size of the next part. */
INLINE int next_heads(int left) {
  int parts = (left + HEADS - 1) / HEADS;
  return (left + parts - 1) / parts;
}

/* q and out [heads, head_dim]; slopes [heads] or NULL */
void NAME(attention)(
    const float *cache, long stride, long key_offset, long value_offset, int head_dim, const int *blocks, int start, int length, const float *q, int heads,
    float scale, float soft_cap, const float *slopes, float *out) {
  NAME(Row) row = {cache, stride, key_offset, value_offset, head_dim, blocks, length - 1, scale, soft_cap};
  for (int h = 0, count; h < heads; h += count) {
    const float *queries = q + h * head_dim, *slope = slopes ? slopes + h : NULL;
    float *at = out + h * head_dim;
    count = next_heads(heads - h);
    switch (count) {
      case 1: NAME(attend)(&row, 1, start, length, queries, slope, at); break;
      case 2: NAME(attend)(&row, 2, start, length, queries, slope, at); break;
      case 3: NAME(attend)(&row, 3, start, length, queries, slope, at); break;
#if HEADS > 3
      case 4: NAME(attend)(&row, 4, start, length, queries, slope, at); break;
#endif
      default: __builtin_unreachable();
    }
  }
}

#undef NAME
#undef PARTS
