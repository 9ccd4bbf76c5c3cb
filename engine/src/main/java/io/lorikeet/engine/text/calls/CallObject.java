package io.lorikeet.engine.text.calls;

import java.util.Optional;

/**
 * One object that may be a call, {@code {"name": ..., "arguments": {...}}}, character by character.
 * Its arguments flow as soon as the name is known; until then all of it is held back, for it may
 * turn out to be text.
 */
final class CallObject {
  /** What became of the object with a character. */
  enum Step {
    /** It goes on. */
    MORE,
    /** It is complete. */
    DONE,
    /** The character does not belong to it. */
    BEYOND
  }

  /**
   * What is taken for a call.
   *
   * @param parameters whether {@code parameters} is another name of {@code arguments}
   * @param declaredOnly whether the object needs arguments and a declared name to be a call: where
   *     no mark says that it is one
   */
  record Kind(boolean parameters, boolean declaredOnly) {}

  private enum Place {
    START,
    KEY_OR_END,
    KEY,
    COLON,
    VALUE_START,
    NAME,
    ARGUMENTS,
    ARGUMENTS_TEXT,
    OTHER,
    AFTER_VALUE
  }

  private final Kind kind;
  private final CallOutput out;
  private final StringBuilder written;
  private final StringBuilder key = new StringBuilder();
  private final StringBuilder early = new StringBuilder();
  private Place place = Place.START;
  private JsonString string = new JsonString();
  private JsonSpan span = new JsonSpan();
  private Optional<StringBuilder> name = Optional.empty();
  private boolean argumentsCame;
  private boolean begun;
  private boolean ended;
  private int size;

  /**
   * @param lead what was written before it, text like itself if it is no call
   */
  CallObject(Kind kind, CharSequence lead, CallOutput out) {
    this.kind = kind;
    this.written = new StringBuilder(lead);
    this.out = out;
  }

  Step accept(char c) {
    if (out.isFull(size, c)) {
      return Step.BEYOND;
    }
    size++;
    Step step = next(c);
    if (step != Step.BEYOND && !begun) {
      written.append(c);
    }
    return step;
  }

  /**
   * The object is over, complete or not: a call that has begun ends, else its text is given back.
   *
   * @return whether it was a call
   */
  boolean settle() {
    if (begun) {
      end();
      return true;
    }
    out.text(written);
    return false;
  }

  private Step next(char c) {
    return switch (place) {
      case START -> c == '{' ? to(Place.KEY_OR_END) : Step.BEYOND;
      case KEY_OR_END -> keyOrEnd(c);
      case KEY -> string.accept(c, key::append) ? to(Place.COLON) : Step.MORE;
      case COLON -> c == ':' ? to(Place.VALUE_START) : blank(c);
      case VALUE_START -> isBlank(c) ? Step.MORE : value(c);
      case NAME -> string.accept(c, name.orElseThrow()::append) ? to(Place.AFTER_VALUE) : Step.MORE;
      case ARGUMENTS -> argumentsObject(c);
      case ARGUMENTS_TEXT -> argumentsText(c);
      case OTHER -> other(c);
      case AFTER_VALUE -> afterValue(c);
    };
  }

  private Step keyOrEnd(char c) {
    if (c == '"') {
      key.setLength(0);
      string = new JsonString();
      return to(Place.KEY);
    }
    return c == '}' ? close() : blank(c);
  }

  private Step afterValue(char c) {
    return switch (c) {
      case ',' -> to(Place.KEY_OR_END);
      case '}' -> close();
      default -> blank(c);
    };
  }

  private Step value(char c) {
    String field = key.toString();
    if (field.equals("name") && c == '"' && name.isEmpty()) {
      name = Optional.of(new StringBuilder());
      string = new JsonString();
      return to(Place.NAME);
    }
    span = new JsonSpan();
    boolean arguments =
        field.equals("arguments") || (kind.parameters() && field.equals("parameters"));
    return arguments && !argumentsCame && c != 'n' ? arguments(c) : otherValue(c);
  }

  private Step arguments(char c) {
    if ((c != '{' && c != '"') || (name.isPresent() && !begin())) {
      return Step.BEYOND;
    }
    argumentsCame = true;
    if (c == '{') {
      place = Place.ARGUMENTS;
      return argumentsObject(c);
    }
    string = new JsonString();
    return to(Place.ARGUMENTS_TEXT);
  }

  private boolean begin() {
    String function = name.orElseThrow().toString();
    boolean allowed =
        kind.declaredOnly() ? out.rules().declared().contains(function) : !function.isEmpty();
    begun = allowed && out.begin(function);
    return begun;
  }

  private Step argumentsObject(char c) {
    return switch (span.accept(c)) {
      case INNER -> {
        argument(c);
        yield Step.MORE;
      }
      case LAST -> {
        argument(c);
        yield argumentsEnded();
      }
      case BEYOND, WRONG -> Step.BEYOND;
    };
  }

  private Step argumentsText(char c) {
    return string.accept(c, this::argument) ? argumentsEnded() : Step.MORE;
  }

  private Step argumentsEnded() {
    if (begun) {
      end();
    }
    return to(Place.AFTER_VALUE);
  }

  private void argument(char c) {
    if (begun) {
      out.argument(c);
    } else {
      early.append(c);
    }
  }

  private void end() {
    if (!ended) {
      out.end();
      ended = true;
    }
  }

  private Step otherValue(char c) {
    place = Place.OTHER;
    return other(c);
  }

  private Step other(char c) {
    return switch (span.accept(c)) {
      case INNER -> Step.MORE;
      case LAST -> to(Place.AFTER_VALUE);
      case BEYOND -> {
        place = Place.AFTER_VALUE;
        yield afterValue(c);
      }
      case WRONG -> Step.BEYOND;
    };
  }

  // A name behind the arguments, or none of them.
  private Step close() {
    if (!begun && name.isPresent() && (argumentsCame || !kind.declaredOnly()) && begin()) {
      (argumentsCame ? early.toString() : "{}").chars().forEach(c -> out.argument((char) c));
      end();
    }
    return Step.DONE;
  }

  private Step to(Place next) {
    place = next;
    return Step.MORE;
  }

  private static Step blank(char c) {
    return isBlank(c) ? Step.MORE : Step.BEYOND;
  }

  static boolean isBlank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }
}
