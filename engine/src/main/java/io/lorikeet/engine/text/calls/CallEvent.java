package io.lorikeet.engine.text.calls;

/** A part of an answer, in the order in which it was written. */
public sealed interface CallEvent {
  /**
   * Text for the reader.
   *
   * @param text never empty
   */
  record Text(String text) implements CallEvent {}

  /**
   * A call begins; the one before has ended.
   *
   * @param index number in the answer, from 0
   */
  record Begun(int index, String name) implements CallEvent {}

  /**
   * The next characters of its arguments.
   *
   * @param delta never empty
   */
  record Arguments(int index, String delta) implements CallEvent {}

  /**
   * It has ended, by its syntax or with the answer.
   *
   * @param arguments all deltas joined
   */
  record Ended(int index, String name, String arguments) implements CallEvent {}
}
