package io.lorikeet.actors;

import io.lorikeet.engine.sample.TokenRules;
import io.lorikeet.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Words that must not come up, as tokens. Follows vLLM: a word is banned as it begins a text, and
 * as it follows a space where that is one other token in front and as many in all.
 */
final class BadWords {
  private BadWords() {}

  /** The rules with the words' tokens among what is banned. */
  static TokenRules join(TokenRules rules, List<String> words, Tokenizer tokenizer) {
    List<int[]> banned = new ArrayList<>(List.of(rules.banned()));
    for (String word : words) {
      int[] plain = tokenizer.encode(word.stripLeading(), false);
      int[] spaced = tokenizer.encode(" " + word.stripLeading(), false);
      if (plain.length > 0) {
        banned.add(plain);
      }
      if (plain.length > 0 && spaced.length == plain.length && spaced[0] != plain[0]) {
        banned.add(spaced);
      }
    }
    return new TokenRules(banned.toArray(int[][]::new), rules.allowed());
  }
}
