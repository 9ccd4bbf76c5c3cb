package io.lorikeet.engine.schedule;

/** What becomes of the hidden states of a prompt whose sequence generates nothing. */
public enum Pooling {
  /** They are not wanted. */
  NONE,
  /** That of the last token. */
  LAST,
  /** The mean over all tokens. */
  MEAN
}
