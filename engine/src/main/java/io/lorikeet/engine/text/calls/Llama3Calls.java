package io.lorikeet.engine.text.calls;

import java.util.List;
import java.util.Optional;

/**
 * Objects separated by semicolons, at the beginning of the answer or behind {@code <|python_tag|>}.
 */
final class Llama3Calls implements CallParser {
  static final String MARK = "<|python_tag|>";

  private enum Place {
    START,
    MARKED,
    BETWEEN,
    TEXT
  }

  private final CallOutput out;
  private final MarkFinder marks = new MarkFinder(MARK);
  private final StringBuilder lead = new StringBuilder();
  private Place place = Place.START;
  private CallObject.Kind kind = new CallObject.Kind(true, true);
  private Optional<CallObject> object = Optional.empty();

  Llama3Calls(CallRules rules) {
    this.out = new CallOutput(rules);
  }

  @Override
  public List<CallEvent> push(String piece) {
    for (int i = 0; i < piece.length(); i++) {
      accept(piece.charAt(i));
    }
    return out.take();
  }

  @Override
  public List<CallEvent> finish() {
    object.ifPresent(CallObject::settle);
    if (place != Place.BETWEEN) {
      out.text(lead);
    }
    marks.finish(out);
    return out.takeLast();
  }

  private void accept(char c) {
    if (object.isPresent()) {
      object(object.get(), c);
    } else if (place == Place.TEXT) {
      marks.accept(c, out).ifPresent(this::mark);
    } else if (CallObject.isBlank(c) || (place == Place.BETWEEN && c == ';')) {
      lead.append(c);
    } else {
      beginning(c);
    }
  }

  private void mark(String mark) {
    lead.append(mark);
    place = Place.MARKED;
    kind = new CallObject.Kind(true, false);
  }

  private void beginning(char c) {
    if (c == '{') {
      object = Optional.of(new CallObject(kind, lead, out));
    } else {
      place = Place.TEXT;
      out.text(lead);
    }
    lead.setLength(0);
    accept(c);
  }

  private void object(CallObject current, char c) {
    CallObject.Step step = current.accept(c);
    if (step == CallObject.Step.MORE) {
      return;
    }
    place = current.settle() ? Place.BETWEEN : Place.TEXT;
    object = Optional.empty();
    if (step == CallObject.Step.BEYOND) {
      accept(c);
    }
  }
}
