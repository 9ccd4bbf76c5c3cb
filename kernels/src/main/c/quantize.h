/* Kernels.quantize: a row of activations to 8-bit integers in blocks of 32. values [blocks * 32], scales and sums [blocks]. */
#define BLOCK 32
#define LEAST 0x1p-100f

INLINE void quantize_block(const float *x, int8_t *values, float *scale, int32_t *sum) {
  lanes largest = zero(), faults = zero();
  for (int i = 0; i < BLOCK; i += W) {
    lanes v = load(x + i);
    largest = larger_number(magnitude(v), largest);
    faults = add(faults, sub(v, v)); /* NaN where a value is NaN or infinite */
  }
  float most = largest_lane(largest), fault = 0;
  float all[W];
  store(all, faults);
  for (int i = 0; i < W; i++) fault += all[i];
  *sum = 0;
  if (fault != 0 || most < LEAST) {
    memset(values, 0, BLOCK);
    *scale = fault != 0 ? NAN : 0;
    return;
  }
  lanes inverse = set1(127.0f / most);
  int32_t integers[BLOCK], total = 0;
  for (int i = 0; i < BLOCK; i += W) store_integers(integers + i, add(mul(load(x + i), inverse), set1(ROUND)));
  for (int i = 0; i < BLOCK; i++) {
    values[i] = (int8_t) integers[i];
    total += integers[i];
  }
  *scale = most / 127.0f;
  *sum = total;
}

void JOIN(quantize, FACE)(const float *x, int width, int8_t *values, float *scales, int32_t *sums, int blocks) {
  for (int b = 0; b < blocks; b++) {
    int first = b * BLOCK, count = width - first < 0 ? 0 : width - first < BLOCK ? width - first : BLOCK;
    if (count == BLOCK) {
      quantize_block(x + first, values + first, scales + b, sums + b);
    } else {
      float padded[BLOCK] = {0};
      memcpy(padded, x + first, (size_t) count * sizeof(float));
      quantize_block(padded, values + first, scales + b, sums + b);
    }
  }
}
