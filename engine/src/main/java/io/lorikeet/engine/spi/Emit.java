package io.lorikeet.engine.spi;

/** What a row gives out. Logits are computed only for rows that emit. */
public enum Emit {
  /** Nothing: a prefill row whose successor is known. */
  NONE,
  /**
   * A drawn token, with log probabilities as its seat asks. The row at position p draws the token
   * of position p + 1, and p + 1 is the position that the counter RNG takes.
   */
  SAMPLE,
  /** A drawn token and the raw logits: tests and analysis only. */
  LOGITS,
  /**
   * The log probability of the row's target, a token that is known: how likely the model finds it
   * at position p + 1. Nothing is drawn.
   */
  SCORE,
  /** The row's output of the last norm, before the head. Nothing is drawn. */
  HIDDEN
}
