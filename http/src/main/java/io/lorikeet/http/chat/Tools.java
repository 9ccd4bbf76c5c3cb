package io.lorikeet.http.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.text.calls.CallFormat;
import io.lorikeet.engine.text.calls.CallMarks;
import io.lorikeet.engine.text.calls.CallParser;
import io.lorikeet.engine.text.calls.CallRules;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The functions of a request and what is done with their calls.
 *
 * @param definitions in OpenAI's form for chats, {@code {"type": "function", "function": {...}}}
 * @param parallel whether an answer may call several; else only its first call is given
 * @param format in which calls are looked for; none: the answer stays text
 * @param callsMax calls of an answer; what follows stays text
 * @param callCharactersMax characters of a call
 */
public record Tools(
    List<ObjectNode> definitions,
    boolean parallel,
    Optional<CallFormat> format,
    int callsMax,
    int callCharactersMax) {
  /** No functions. */
  public static final Tools NONE = new Tools(List.of(), true, Optional.empty(), 1, 1);

  public Tools {
    definitions = List.copyOf(definitions);
  }

  /** The definitions as templates get them; nothing where there are none. */
  public static Optional<JsonNode> forTemplates(List<ObjectNode> definitions) {
    return definitions.isEmpty()
        ? Optional.empty()
        : Optional.of(JsonNodeFactory.instance.arrayNode().addAll(definitions));
  }

  /** The special tokens that mean something in an answer. */
  public CallMarks marks() {
    return format.map(CallFormat::marks).orElse(CallMarks.NONE);
  }

  /** What finds the calls of one answer. */
  Optional<CallParser> parser() {
    return format.map(f ->
        f.parser(
            new CallRules(
                definitions.stream()
                    .map(tool -> tool.path("function").path("name").asText())
                    .collect(Collectors.toSet()),
                callsMax,
                callCharactersMax)));
  }
}
