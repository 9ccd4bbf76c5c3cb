package io.lorikeet.engine.text.calls;

import java.util.List;

/**
 * Tells calls from text in one answer. How the answer is cut into pieces changes nothing but where
 * text and arguments are cut. What is no call is text, as it was written.
 */
public interface CallParser {
  /** What the next piece makes certain. */
  List<CallEvent> push(String piece);

  /** What the end of the answer makes certain; nothing is pushed after it. */
  List<CallEvent> finish();
}
