package io.lorikeet.engine.text;

/**
 * A step of a decoder at work. A token comes as {@link #begin}, any number of {@link #append} and
 * {@link #end}; a stage passes tokens on to the next one as soon as nothing that follows can change
 * them. State is bounded: no stage keeps text that it has passed on.
 */
interface DecodeStage {
  void begin();

  /** Text of the token that was begun; whole characters. */
  void append(String text);

  void end();

  /** No token follows: what is held back is passed on. */
  void finish();
}
