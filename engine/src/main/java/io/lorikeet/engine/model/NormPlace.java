package io.lorikeet.engine.model;

/** Where a decoder layer has norms; a family has some of them. */
public enum NormPlace {
  BEFORE_ATTENTION,
  AFTER_ATTENTION,
  BEFORE_MLP,
  AFTER_MLP,
  /** On queries, before they rotate. */
  QUERY,
  /** On keys, before they rotate. */
  KEY
}
