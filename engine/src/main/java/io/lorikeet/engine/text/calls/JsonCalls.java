package io.lorikeet.engine.text.calls;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;

/**
 * An answer that is nothing but one object or a list of objects, each with a declared name and its
 * arguments. Whether it is shows at its end, so nothing of it flows before.
 */
final class JsonCalls implements CallParser {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final CallObject.Kind KIND = new CallObject.Kind(false, true);

  private final CallOutput out;
  private final StringBuilder held = new StringBuilder();
  private final JsonSpan span = new JsonSpan();
  private boolean begun;
  private boolean complete;
  private boolean text;

  JsonCalls(CallRules rules) {
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
    if (complete && !text && isJson()) {
      List<CallEvent> calls = calls();
      if (!calls.isEmpty()) {
        return calls;
      }
    }
    out.text(held);
    return out.takeLast();
  }

  private void accept(char c) {
    if (text) {
      out.text(c);
      return;
    }
    held.append(c);
    if (!fits(c) || held.length() > out.rules().charactersMax()) {
      text = true;
      out.text(held);
      held.setLength(0);
    }
  }

  private boolean fits(char c) {
    if (CallObject.isBlank(c) && (!begun || complete)) {
      return true;
    }
    if (complete || (!begun && c != '{' && c != '[')) {
      return false;
    }
    begun = true;
    JsonSpan.Part part = span.accept(c);
    complete = part == JsonSpan.Part.LAST;
    return complete || part == JsonSpan.Part.INNER;
  }

  private boolean isJson() {
    try {
      MAPPER.readTree(held.toString());
      return true;
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** The calls, if there is nothing else. */
  private List<CallEvent> calls() {
    CallOutput calls = new CallOutput(out.rules());
    String json = held.toString().strip();
    boolean list = json.charAt(0) == '[';
    int at = list ? 1 : 0;
    while (at < json.length()) {
      char c = json.charAt(at);
      if (CallObject.isBlank(c) || (list && (c == ',' || c == ']'))) {
        at++;
        continue;
      }
      CallObject object = new CallObject(KIND, "", calls);
      while (at < json.length() && object.accept(json.charAt(at)) == CallObject.Step.MORE) {
        at++;
      }
      if (!object.settle()) {
        return List.of();
      }
      at++;
    }
    return calls.takeLast();
  }
}
