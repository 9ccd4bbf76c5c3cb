package io.lorikeet.engine.text.calls;

import java.util.ArrayList;
import java.util.List;

/**
 * Collects what a parser found. White space between calls, and before the first or behind the last
 * of an answer without other text there, belongs to nobody and is dropped.
 */
final class CallOutput {
  private final CallRules rules;
  private final StringBuilder text = new StringBuilder();
  private final StringBuilder blank = new StringBuilder();
  private final StringBuilder delta = new StringBuilder();
  private final StringBuilder arguments = new StringBuilder();
  private List<CallEvent> events = new ArrayList<>();
  private String name = "";
  private int calls;
  private boolean textCame;
  private boolean callCameLast;
  private int blankBeforeEnd;

  CallOutput(CallRules rules) {
    this.rules = rules;
  }

  CallRules rules() {
    return rules;
  }

  void text(CharSequence characters) {
    for (int i = 0; i < characters.length(); i++) {
      text(characters.charAt(i));
    }
  }

  void text(char c) {
    if (Character.isWhitespace(c)) {
      blank.append(c);
      return;
    }
    cutDelta();
    if (callCameLast && !textCame) {
      blank.setLength(0);
    }
    text.append(blank).append(c);
    blank.setLength(0);
    textCame = true;
    callCameLast = false;
  }

  /** Whether a call of this size must not grow by this character; a pair is never cut. */
  boolean isFull(int size, char c) {
    return size >= rules.charactersMax() && !Character.isLowSurrogate(c);
  }

  /** Begins a call, unless there are as many as may be. */
  boolean begin(String function) {
    if (calls == rules.callsMax()) {
      return false;
    }
    cutText();
    name = function;
    arguments.setLength(0);
    events.add(new CallEvent.Begun(calls, function));
    callCameLast = true;
    return true;
  }

  void argument(char c) {
    delta.append(c);
    arguments.append(c);
  }

  void end() {
    cutDelta();
    events.add(new CallEvent.Ended(calls++, name, arguments.toString()));
    blankBeforeEnd = blank.length();
  }

  /** A mark closes the last call: the white space before it is part of the call. */
  void close() {
    if (callCameLast) {
      blank.setLength(blankBeforeEnd);
    }
  }

  /** All events since the last call. */
  List<CallEvent> take() {
    cutText();
    cutDelta();
    List<CallEvent> taken = events;
    events = new ArrayList<>();
    return taken;
  }

  /** The same at the end of the answer. */
  List<CallEvent> takeLast() {
    if (!callCameLast) {
      text.append(blank);
    }
    blank.setLength(0);
    return take();
  }

  private void cutText() {
    if (!text.isEmpty()) {
      events.add(new CallEvent.Text(text.toString()));
      text.setLength(0);
    }
  }

  private void cutDelta() {
    if (!delta.isEmpty()) {
      events.add(new CallEvent.Arguments(calls, delta.toString()));
      delta.setLength(0);
    }
  }
}
