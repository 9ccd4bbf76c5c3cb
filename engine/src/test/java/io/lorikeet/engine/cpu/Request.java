package io.lorikeet.engine.cpu;

import io.lorikeet.engine.sample.SamplingParams;
import java.util.List;

/**
 * A sequence for {@link StepDriver}.
 *
 * @param joins adapter slots and weights of every row, ascending by slot; empty for the base
 */
record Request(int[] prompt, int newTokens, List<Join> joins, SamplingParams sampling) {
  /** Rows from position {@code from} on join the slot. */
  record Join(int slot, float weight, int from) {
    Join(int slot, float weight) {
      this(slot, weight, 0);
    }
  }

  static Request base(int[] prompt, int newTokens) {
    return new Request(prompt, newTokens, List.of(), SamplingParams.GREEDY);
  }

  static Request adapted(int[] prompt, int newTokens, int slot) {
    return base(prompt, newTokens).joining(new Join(slot, 1f));
  }

  Request joining(Join... slots) {
    return new Request(prompt, newTokens, List.of(slots), sampling);
  }

  Request drawing(SamplingParams params) {
    return new Request(prompt, newTokens, joins, params);
  }

  int length() {
    return prompt.length + newTokens;
  }
}
