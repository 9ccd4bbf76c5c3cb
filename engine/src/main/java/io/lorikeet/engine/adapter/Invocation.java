package io.lorikeet.engine.adapter;

import java.util.OptionalInt;

/**
 * The tokens that wake an adapter (aLoRA): it acts from the first token of their last occurrence in
 * the prompt on, and what stands before is the base model's. Empty for adapters that always act.
 * Source: peft 0.21.2, alora.
 */
public record Invocation(int... tokens) {
  /** The adapter acts from the first token on. */
  public static final Invocation ALWAYS = new Invocation();

  public boolean isAlways() {
    return tokens.length == 0;
  }

  /** First position at which the adapter acts; empty where the prompt does not wake it. */
  public OptionalInt activeFrom(int[] prompt) {
    for (int at = prompt.length - tokens.length; at >= 0; at--) {
      if (isAlways() || occursAt(prompt, at)) {
        return OptionalInt.of(isAlways() ? 0 : at);
      }
    }
    return OptionalInt.empty();
  }

  private boolean occursAt(int[] prompt, int at) {
    for (int i = 0; i < tokens.length; i++) {
      if (prompt[at + i] != tokens[i]) {
        return false;
      }
    }
    return true;
  }
}
