/* What packing takes from every x86 CPU that there are kernels for. */

INLINE uint16_t narrow_f16(float a) { return _cvtss_sh(a, 0); }
INLINE float widened_f16(uint16_t bits) { return _cvtsh_ss(bits); }
/* The second 16 bytes, each at most 15, become the high halves of the first. */
INLINE void join_halves(uint8_t *bytes) {
  __m128i low = _mm_loadu_si128((const __m128i *) bytes), high = _mm_loadu_si128((const __m128i *) (bytes + 16));
  _mm_storeu_si128((__m128i *) bytes, _mm_or_si128(low, _mm_slli_epi16(high, 4)));
}
