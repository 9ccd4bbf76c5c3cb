package io.lorikeet.cli.inspect;

import java.util.List;

/**
 * What quantised weights change of a model's answers.
 *
 * @param storedNumerics numerics id of the weights as stored
 * @param numerics that of the quantised ones
 * @param asText whether the prompts were texts to the model, not bytes as ids
 */
record Quality(
    String storedNumerics, String numerics, boolean asText, Deviation all, List<OfPrompt> prompts) {
  Quality {
    prompts = List.copyOf(prompts);
  }

  /** One prompt. */
  record OfPrompt(String name, Deviation deviation) {}
}
