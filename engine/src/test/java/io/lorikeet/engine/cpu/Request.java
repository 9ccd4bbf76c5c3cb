package io.lorikeet.engine.cpu;

import io.lorikeet.engine.sample.SamplingParams;
import java.util.List;

/**
 * A sequence for {@link StepDriver}.
 *
 * @param joins adapter slots and weights of every row, ascending by slot; empty for the base
 */
public record Request(int[] prompt, int newTokens, List<Join> joins, SamplingParams sampling) {
  /** Rows from position {@code from} on join the slot. */
  public record Join(int slot, float weight, int from) {
    public Join(int slot, float weight) {
      this(slot, weight, 0);
    }
  }

  public static Request base(int[] prompt, int newTokens) {
    return new Request(prompt, newTokens, List.of(), SamplingParams.GREEDY);
  }

  public static Request adapted(int[] prompt, int newTokens, int slot) {
    return base(prompt, newTokens).joining(new Join(slot, 1f));
  }

  public Request joining(Join... slots) {
    return new Request(prompt, newTokens, List.of(slots), sampling);
  }

  public Request drawing(SamplingParams params) {
    return new Request(prompt, newTokens, joins, params);
  }

  int length() {
    return prompt.length + newTokens;
  }
}
