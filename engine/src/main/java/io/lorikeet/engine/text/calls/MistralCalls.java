package io.lorikeet.engine.text.calls;

import java.util.List;

/**
 * {@code [TOOL_CALLS]} with a list of objects behind it, or with one name and its arguments: {@code
 * [TOOL_CALLS]name[CALL_ID]id[ARGS]{...}}, the marks inside optional.
 */
final class MistralCalls implements CallParser {
  static final String MARK = "[TOOL_CALLS]";
  static final String ARGUMENTS = "[ARGS]";
  static final String ID = "[CALL_ID]";

  private static final CallObject.Kind KIND = new CallObject.Kind(true, false);

  private enum Place {
    TEXT,
    MARKED,
    LIST,
    OBJECT,
    NAME,
    INNER_MARK,
    ID,
    ARGUMENTS
  }

  private final CallOutput out;
  private final MarkFinder marks = new MarkFinder(MARK);
  private final StringBuilder lead = new StringBuilder();
  private final StringBuilder name = new StringBuilder();
  private final StringBuilder inner = new StringBuilder();
  private Place place = Place.TEXT;
  private CallObject object;
  private JsonSpan span = new JsonSpan();
  private int size;

  MistralCalls(CallRules rules) {
    this.out = new CallOutput(rules);
    this.object = new CallObject(KIND, "", out);
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
    switch (place) {
      case OBJECT -> object.settle();
      case ARGUMENTS -> out.end();
      case LIST -> out.text(calledBefore() ? "" : lead);
      case TEXT, MARKED, NAME, INNER_MARK, ID -> out.text(lead);
    }
    marks.finish(out);
    return out.takeLast();
  }

  private void accept(char c) {
    switch (place) {
      case TEXT -> marks.accept(c, out).ifPresent(this::mark);
      case MARKED -> marked(c);
      case LIST -> list(c);
      case OBJECT -> object(c);
      case NAME -> name(c);
      case INNER_MARK -> innerMark(c);
      case ID -> id(c);
      case ARGUMENTS -> arguments(c);
    }
  }

  private void mark(String mark) {
    lead.append(mark);
    name.setLength(0);
    place = Place.MARKED;
  }

  private void marked(char c) {
    if (CallObject.isBlank(c)) {
      lead.append(c);
    } else if (c == '[') {
      lead.append(c);
      place = Place.LIST;
    } else if (isName(c)) {
      place = Place.NAME;
      accept(c);
    } else {
      asText(c);
    }
  }

  private void list(char c) {
    if (CallObject.isBlank(c) || c == ',') {
      lead.append(c);
    } else if (c == '{') {
      object = new CallObject(KIND, lead, out);
      lead.setLength(0);
      place = Place.OBJECT;
      accept(c);
    } else if (c == ']' && calledBefore()) {
      lead.setLength(0);
      place = Place.TEXT;
    } else {
      asText(c);
    }
  }

  private boolean calledBefore() {
    return lead.indexOf(MARK) < 0;
  }

  private void object(char c) {
    CallObject.Step step = object.accept(c);
    if (step == CallObject.Step.MORE) {
      return;
    }
    place = object.settle() ? Place.LIST : Place.TEXT;
    if (step == CallObject.Step.BEYOND) {
      accept(c);
    }
  }

  private void name(char c) {
    if (isName(c)) {
      name.append(c);
      lead.append(c);
    } else {
      behindName(c);
    }
  }

  private void behindName(char c) {
    if (c == '{') {
      begin(c);
    } else if (c == '[') {
      inner.setLength(0);
      place = Place.INNER_MARK;
      accept(c);
    } else {
      asText(c);
    }
  }

  private void innerMark(char c) {
    inner.append(c);
    String start = inner.toString();
    if (!ARGUMENTS.startsWith(start) && !ID.startsWith(start)) {
      asText(c);
      return;
    }
    lead.append(c);
    if (start.equals(ID)) {
      place = Place.ID;
    } else if (start.equals(ARGUMENTS)) {
      place = Place.ID;
      inner.setLength(0);
    }
  }

  // Behind an id or behind the mark of arguments; letters and digits stand only in ids.
  private void id(char c) {
    boolean isId = !inner.isEmpty();
    if (CallObject.isBlank(c) || (isId && isName(c))) {
      lead.append(c);
    } else if (c == '{' || (isId && c == '[')) {
      behindName(c);
    } else {
      asText(c);
    }
  }

  private void begin(char c) {
    if (!out.begin(name.toString())) {
      asText(c);
      return;
    }
    lead.setLength(0);
    span = new JsonSpan();
    size = 0;
    place = Place.ARGUMENTS;
    accept(c);
  }

  private void arguments(char c) {
    JsonSpan.Part part = out.isFull(size, c) ? JsonSpan.Part.WRONG : span.accept(c);
    size++;
    switch (part) {
      case INNER -> out.argument(c);
      case LAST -> {
        out.argument(c);
        out.end();
        place = Place.TEXT;
      }
      case BEYOND, WRONG -> {
        out.end();
        place = Place.TEXT;
        accept(c);
      }
    }
  }

  private void asText(char c) {
    out.text(lead);
    lead.setLength(0);
    place = Place.TEXT;
    accept(c);
  }

  private static boolean isName(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-'
        || c == '.';
  }
}
