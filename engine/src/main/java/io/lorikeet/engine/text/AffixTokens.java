package io.lorikeet.engine.text;

import java.util.OptionalInt;

/**
 * The begin and end tokens that tokenizer_config.json asks for with {@code add_bos_token} and
 * {@code add_eos_token}. Where either stands there explicitly, both replace what the post-processor
 * of tokenizer.json would put around a text, as transformers does; a flag whose token has no id
 * adds nothing.
 *
 * @param given whether the configuration names at least one of the two flags
 */
record AffixTokens(boolean given, OptionalInt begin, OptionalInt end) {
  static final AffixTokens BY_POST_PROCESSOR =
      new AffixTokens(false, OptionalInt.empty(), OptionalInt.empty());

  int[] around(int[] ids) {
    int before = begin.isPresent() ? 1 : 0;
    int[] out = new int[before + ids.length + (end.isPresent() ? 1 : 0)];
    System.arraycopy(ids, 0, out, before, ids.length);
    begin.ifPresent(id -> out[0] = id);
    end.ifPresent(id -> out[out.length - 1] = id);
    return out;
  }

  TokenSpans around(TokenSpans tokens) {
    int[] ids = around(tokens.ids());
    int before = begin.isPresent() ? 1 : 0;
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    System.arraycopy(tokens.starts(), 0, starts, before, tokens.starts().length);
    System.arraycopy(tokens.ends(), 0, ends, before, tokens.ends().length);
    return new TokenSpans(ids, starts, ends);
  }
}
