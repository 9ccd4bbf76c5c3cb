package io.lorikeet.actors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.text.calls.CallFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a chat template does with tools, found out by letting it write chats with made-up ones.
 *
 * @param declared whether it writes the definitions
 * @param called whether it writes past calls
 * @param returned whether it writes what they returned
 * @param contentNeeded whether a message with calls needs content, be it empty
 * @param argumentsAsText whether it wants the arguments of a call as text; else as an object
 * @param format in which it writes past calls, if that is a known one
 */
record TemplateTools(
    boolean declared,
    boolean called,
    boolean returned,
    boolean contentNeeded,
    boolean argumentsAsText,
    Optional<CallFormat> format) {
  private static final String TOOL = "probe_tool";
  private static final String CALL = "probe_call";
  private static final String KEY = "probe_key";
  private static final String RESULT = "probe_result";
  private static final String ANSWER = "\uf8feprobe\uf8ff";
  // Templates of Mistral want ids of nine letters and digits.
  private static final String ID = "probe0000";

  /**
   * @param render gives nothing where the template fails
   */
  static TemplateTools of(Function<Prompt.Chat, Optional<String>> render) {
    boolean declared = writes(render, chat(true, message("user", "Hi")), TOOL);
    for (boolean asText : new boolean[] {false, true}) {
      for (Optional<String> content : List.of(Optional.<String>empty(), Optional.of(""))) {
        ObjectNode call = call(asText, content);
        Optional<String> written = render.apply(chat(false, message("user", "Hi"), call));
        if (written.filter(text -> text.contains('"' + KEY + '"')).isPresent()) {
          return new TemplateTools(
              declared,
              true,
              writes(render, chat(true, message("user", "Hi"), call, result()), RESULT),
              content.isPresent(),
              asText,
              format(render, written.get()));
        }
      }
    }
    boolean called =
        writes(render, chat(false, message("user", "Hi"), call(false, Optional.of(""))), CALL);
    boolean returned =
        writes(
            render,
            chat(true, message("user", "Hi"), message("assistant", "Hi"), result()),
            RESULT);
    return new TemplateTools(declared, called, returned, false, false, Optional.empty());
  }

  private static boolean writes(
      Function<Prompt.Chat, Optional<String>> render, Prompt.Chat chat, String what) {
    return render.apply(chat).filter(text -> text.contains(what)).isPresent();
  }

  /** Where the template writes a call instead of an answer, there stands what a model writes. */
  private static Optional<CallFormat> format(
      Function<Prompt.Chat, Optional<String>> render, String written) {
    Prompt.Chat answered = chat(false, message("user", "Hi"), message("assistant", ANSWER));
    return render.apply(answered).flatMap(text -> CallFormat.of(difference(text, written), CALL));
  }

  /** What stands in the second text between what both begin and end with. */
  private static String difference(String first, String second) {
    int most = Math.min(first.length(), second.length());
    int begin = 0;
    while (begin < most && first.charAt(begin) == second.charAt(begin)) {
      begin++;
    }
    int end = 0;
    while (end < most - begin
        && first.charAt(first.length() - 1 - end) == second.charAt(second.length() - 1 - end)) {
      end++;
    }
    return second.substring(begin, second.length() - end);
  }

  private static Prompt.Chat chat(boolean addGenerationPrompt, ObjectNode... messages) {
    return new Prompt.Chat(
        List.of(messages), Optional.of(tools()), Map.of(), addGenerationPrompt, false);
  }

  private static JsonNode tools() {
    ObjectNode tool = object().put("type", "function");
    ObjectNode function =
        tool.putObject("function").put("name", TOOL).put("description", "Nothing.");
    ObjectNode parameters = function.putObject("parameters").put("type", "object");
    parameters
        .putObject("properties")
        .putObject(KEY)
        .put("type", "string")
        .put("description", "Nothing.");
    parameters.putArray("required").add(KEY);
    return JsonNodeFactory.instance.arrayNode().add(tool);
  }

  private static ObjectNode call(boolean argumentsAsText, Optional<String> content) {
    ObjectNode message = object().put("role", "assistant");
    content.ifPresent(text -> message.put("content", text));
    ObjectNode function =
        message
            .putArray("tool_calls")
            .addObject()
            .put("id", ID)
            .put("type", "function")
            .putObject("function")
            .put("name", CALL);
    ObjectNode arguments = object().put(KEY, "probe");
    if (argumentsAsText) {
      function.put("arguments", arguments.toString());
    } else {
      function.set("arguments", arguments);
    }
    return message;
  }

  private static ObjectNode result() {
    return message("tool", RESULT).put("tool_call_id", ID).put("name", CALL);
  }

  private static ObjectNode message(String role, String content) {
    return object().put("role", role).put("content", content);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
