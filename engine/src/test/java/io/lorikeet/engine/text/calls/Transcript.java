package io.lorikeet.engine.text.calls;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Answers read by a parser, as lines that do not show where the answer was cut. */
final class Transcript {
  static final CallRules RULES = new CallRules(Set.of("get_weather", "add"), 8, 400);

  private Transcript() {}

  /** The lines of an answer in pieces. */
  static List<String> of(CallFormat format, CallRules rules, List<String> pieces) {
    CallParser parser = format.parser(rules);
    List<CallEvent> events = new ArrayList<>();
    pieces.forEach(piece -> events.addAll(parser.push(piece)));
    events.addAll(parser.finish());
    return lines(events);
  }

  static List<String> of(CallFormat format, String answer) {
    return of(format, RULES, List.of(answer));
  }

  private static List<String> lines(List<CallEvent> events) {
    List<String> lines = new ArrayList<>();
    StringBuilder deltas = new StringBuilder();
    for (CallEvent event : events) {
      switch (event) {
        case CallEvent.Text(String text) -> {
          boolean goesOn = !lines.isEmpty() && lines.getLast().startsWith("text ");
          lines.add(goesOn ? lines.removeLast() + text : "text " + text);
        }
        case CallEvent.Begun(int index, String name) -> lines.add("call " + index + " " + name);
        case CallEvent.Arguments(int _, String delta) -> deltas.append(delta);
        case CallEvent.Ended(int index, String name, String arguments) -> {
          String streamed = deltas.toString();
          lines.add(
              streamed.equals(arguments) && lines.getLast().equals("call " + index + " " + name)
                  ? "with " + arguments
                  : "streamed " + streamed + " but " + index + " " + name + " " + arguments);
          deltas.setLength(0);
        }
      }
    }
    return lines;
  }
}
