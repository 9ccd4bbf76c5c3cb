package io.lorikeet.engine.sample;

/**
 * How tokens that a sequence already has are made less likely, one after the other, each a rounded
 * F32 operation:
 *
 * @param repetition of tokens of the prompt and of the answer: divides logits from 0 up, multiplies
 *     those below; 1 is off. As in transformers
 * @param frequency taken from the logit as often as the token was drawn; 0 is off. As in OpenAI's
 *     API
 * @param presence taken from the logit once if the token was drawn; 0 is off. As in OpenAI's API
 */
public record Penalties(float repetition, float frequency, float presence) {
  public static final Penalties NONE = new Penalties(1f, 0f, 0f);

  /** Whether they change nothing, whatever a sequence holds. */
  public boolean isNone() {
    return repetition == 1f && frequency == 0f && presence == 0f;
  }

  /**
   * The logit of a token that the sequence has.
   *
   * @param drawn how often it was drawn; 0: it only stands in the prompt
   */
  float apply(float logit, int drawn) {
    float x = logit < 0f ? logit * repetition : logit / repetition;
    return drawn == 0 ? x : x - frequency * drawn - presence;
  }
}
