package io.lorikeet.engine.format.peft;

/** What a PEFT method's configuration says of the tensors of an adapted module. */
sealed interface Method {
  /**
   * LoRA, rsLoRA, DoRA and aLoRA.
   *
   * @param dora rows are normalised and scaled by a magnitude
   * @param loraBias B has a bias, which is scaled like the update
   */
  record Lora(RankRule ranks, boolean dora, boolean loraBias) implements Method {}
}
