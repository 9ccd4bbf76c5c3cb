package io.lorikeet.engine.spi;

/** What a row gives out. Logits are computed only for rows that emit. */
public enum Emit {
  /** Nothing: a prefill row whose successor is known. */
  NONE,
  /** A drawn token, with log probabilities as its seat asks. */
  SAMPLE,
  /** A drawn token and the raw logits: tests and analysis only. */
  LOGITS
}
