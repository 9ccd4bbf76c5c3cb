package io.lorikeet.actors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/**
 * Puts messages in the form that one chat template takes, and refuses what it would leave out.
 *
 * @param parts how it takes content
 * @param knowsDeveloper whether it tells the roles developer and system apart
 */
record TemplateMessages(Parts parts, boolean knowsDeveloper, TemplateTools tools) {
  /** How a template takes the content of a message. */
  enum Parts {
    /** As one text. */
    JOINED,
    /** As a text or as a list of parts. */
    AS_THEY_CAME,
    /** As a list of parts only. */
    WRAPPED
  }

  // A template that walks through the parts of a message itself; others add its content to texts.
  private static final Pattern WALKS_PARTS =
      Pattern.compile(
          "\\bfor\\s+\\w+\\s+in\\s+\\w+\\s*(?:\\.content\\b|\\[\\s*['\"]content['\"]\\s*])");
  private static final Pattern TAKES_TEXT =
      Pattern.compile("\\bis\\s+(?:not\\s+)?(?:string|mapping|iterable|sequence)\\b");
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /**
   * @param source of the template
   */
  static TemplateMessages of(String source, TemplateTools tools) {
    return new TemplateMessages(parts(source), source.contains("developer"), tools);
  }

  static Parts parts(String source) {
    if (!WALKS_PARTS.matcher(source).find()) {
      return Parts.JOINED;
    }
    return TAKES_TEXT.matcher(source).find() ? Parts.AS_THEY_CAME : Parts.WRAPPED;
  }

  /**
   * The messages of a chat.
   *
   * @throws LorikeetException PARAMETER_UNSUPPORTED for tools of which the template writes nothing
   */
  List<ObjectNode> of(Prompt.Chat chat) {
    if (chat.tools().filter(given -> !given.isEmpty()).isPresent() && !tools.declared()) {
      throw unsupported("tools", "does not tell the model of them");
    }
    List<ObjectNode> messages = new ArrayList<>();
    for (ObjectNode message : chat.messages()) {
      check("messages[" + messages.size() + "]", message);
      messages.add(prepared(message.deepCopy()));
    }
    return messages;
  }

  private void check(String name, ObjectNode message) {
    if (!tools.called() && !message.path("tool_calls").isEmpty()) {
      throw unsupported(name + ".tool_calls", "does not write calls");
    }
    if (!tools.returned() && message.path("role").asText().equals("tool")) {
      throw unsupported(name + ".role", "does not write messages of the role tool");
    }
  }

  private ObjectNode prepared(ObjectNode message) {
    if (!knowsDeveloper && message.path("role").asText().equals("developer")) {
      message.put("role", "system");
    }
    JsonNode content = message.path("content");
    if (parts == Parts.JOINED && content.isArray()) {
      message.put("content", lines(content));
    } else if (parts == Parts.WRAPPED && content.isTextual()) {
      message.putArray("content").addObject().put("type", "text").set("text", content);
    }
    if (tools.contentNeeded()
        && !message.path("tool_calls").isEmpty()
        && !message.hasNonNull("content")) {
      message.put("content", "");
    }
    message.path("tool_calls").forEach(this::prepareCall);
    return message;
  }

  // Parts of text become one text with a line for each, as in vLLM.
  private static String lines(JsonNode parts) {
    StringJoiner lines = new StringJoiner("\n");
    parts.forEach(part -> lines.add(part.path("text").asText()));
    return lines.toString();
  }

  // What is no object stays text: a model that once wrote broken JSON may see it again.
  private void prepareCall(JsonNode call) {
    if (call.path("function") instanceof ObjectNode function) {
      JsonNode arguments = function.path("arguments");
      if (tools.argumentsAsText() && arguments.isObject()) {
        function.put("arguments", arguments.toString());
      } else if (!tools.argumentsAsText() && arguments.isTextual()) {
        object(arguments.textValue()).ifPresent(object -> function.set("arguments", object));
      }
    }
  }

  private static Optional<ObjectNode> object(String json) {
    if (json.isBlank()) {
      return Optional.of(JsonNodeFactory.instance.objectNode());
    }
    try {
      return MAPPER.readTree(json) instanceof ObjectNode object
          ? Optional.of(object)
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static LorikeetException unsupported(String name, String why) {
    return new LorikeetException(
        ErrorCode.PARAMETER_UNSUPPORTED,
        "`" + name + "` is not supported: the model's chat template " + why);
  }
}
