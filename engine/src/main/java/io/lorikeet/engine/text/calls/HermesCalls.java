package io.lorikeet.engine.text.calls;

import java.util.List;
import java.util.Optional;

/** Objects between {@code <tool_call>} and {@code </tool_call>}, text around them. */
final class HermesCalls implements CallParser {
  static final String OPEN = "<tool_call>";
  static final String CLOSE = "</tool_call>";

  private static final CallObject.Kind KIND = new CallObject.Kind(true, false);

  private final CallOutput out;
  private final MarkFinder marks = new MarkFinder(OPEN, CLOSE);
  private final StringBuilder lead = new StringBuilder();
  private Optional<CallObject> object = Optional.empty();
  private boolean opened;
  private boolean closable;

  HermesCalls(CallRules rules) {
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
    out.text(lead);
    marks.finish(out);
    return out.takeLast();
  }

  private void accept(char c) {
    if (object.isPresent()) {
      object(object.get(), c);
    } else if (opened) {
      behindOpen(c);
    } else {
      marks.accept(c, out).ifPresent(this::mark);
    }
  }

  private void mark(String mark) {
    if (mark.equals(OPEN)) {
      lead.append(mark);
      opened = true;
    } else if (closable) {
      out.close();
    } else {
      out.text(mark);
    }
    closable = false;
  }

  private void behindOpen(char c) {
    if (CallObject.isBlank(c)) {
      lead.append(c);
      return;
    }
    opened = false;
    if (c == '{') {
      object = Optional.of(new CallObject(KIND, lead, out));
    } else {
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
    closable = current.settle();
    object = Optional.empty();
    if (step == CallObject.Step.BEYOND) {
      accept(c);
    }
  }
}
