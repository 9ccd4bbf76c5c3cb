package io.lorikeet.engine.text.calls;

import java.util.List;
import java.util.Optional;

/** Looks for marks in text that comes character by character; what can't be one is text. */
final class MarkFinder {
  private final List<String> marks;
  private final StringBuilder held = new StringBuilder();

  MarkFinder(String... marks) {
    this.marks = List.of(marks);
  }

  /** The mark that is complete with this character. */
  Optional<String> accept(char c, CallOutput out) {
    held.append(c);
    while (!held.isEmpty()) {
      String start = held.toString();
      if (marks.contains(start)) {
        held.setLength(0);
        return Optional.of(start);
      }
      if (marks.stream().anyMatch(mark -> mark.startsWith(start))) {
        return Optional.empty();
      }
      out.text(held.charAt(0));
      held.deleteCharAt(0);
    }
    return Optional.empty();
  }

  /** No more characters come. */
  void finish(CallOutput out) {
    out.text(held);
    held.setLength(0);
  }
}
