/* The end of ExactMath.tree on x86: (q0 + q2) + (q1 + q3), for one chain or for four at once. */

INLINE float tree(const lanes *chain) {
  __m128 q = quads(chain);
  __m128 pair = _mm_add_ps(q, _mm_movehl_ps(q, q));
  return _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
}

/* out[i] = tree of chain i */
INLINE void trees(const lanes *c0, const lanes *c1, const lanes *c2, const lanes *c3, float *out) {
  __m128 a = quads(c0), b = quads(c1), c = quads(c2), d = quads(c3);
  __m128 ab = _mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a));
  __m128 cd = _mm_add_ps(_mm_movelh_ps(c, d), _mm_movehl_ps(d, c));
  _mm_storeu_ps(out, _mm_add_ps(_mm_shuffle_ps(ab, cd, 0x88), _mm_shuffle_ps(ab, cd, 0xdd)));
}
