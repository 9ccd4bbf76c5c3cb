package io.lorikeet.engine.text.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Prepares messages as transformers does before it renders them: keys with null are dropped,
 * reasoning is given under both of its names, and a message that is to be continued gets a mark at
 * its end, where the rendered text is cut.
 */
final class Conversation {
  private static final List<String> REASONING =
      List.of("reasoning_content", "thinking", "reasoning");

  private final List<ObjectNode> messages;
  private final String mark;
  private String continued = "";

  private Conversation(List<ObjectNode> messages, String mark) {
    this.messages = messages;
    this.mark = mark;
  }

  static Conversation of(TemplateInput input) {
    List<ObjectNode> messages = new ArrayList<>();
    for (JsonNode message : input.messages()) {
      if (!(message instanceof ObjectNode object)) {
        throw Fault.of("a message must be an object. Given: " + message.getNodeType());
      }
      messages.add(prepared(object));
    }
    Conversation conversation = new Conversation(messages, unusedMark(messages));
    if (input.continueFinalMessage()) {
      if (input.addGenerationPrompt()) {
        throw Fault.of(
            "the final message can't be continued behind a generation prompt: give one of both");
      }
      conversation.markLast();
    }
    return conversation;
  }

  List<ObjectNode> messages() {
    return messages;
  }

  private static ObjectNode prepared(ObjectNode message) {
    ObjectNode prepared = message.objectNode();
    message
        .properties()
        .forEach(field -> {
          if (!field.getValue().isNull()) {
            prepared.set(field.getKey(), field.getValue());
          }
        });
    for (String name : REASONING) {
      JsonNode reasoning = prepared.get(name);
      if (reasoning != null) {
        prepared.set("reasoning_content", reasoning);
        prepared.set("thinking", reasoning);
        break;
      }
    }
    return prepared;
  }

  /** Characters for private use that no message has, so that no case or escape changes them. */
  private static String unusedMark(List<ObjectNode> messages) {
    StringBuilder mark = new StringBuilder("\uf8fe\ue07c");
    String all = messages.toString();
    while (all.contains(mark)) {
      mark.append('\ue07c');
    }
    return mark.append('\uf8ff').toString();
  }

  private void markLast() {
    if (messages.isEmpty()) {
      throw Fault.of("there is no message to continue");
    }
    ObjectNode last = messages.getLast();
    switch (last.get("content")) {
      case TextNode text -> last.put("content", marked(text.textValue()));
      case ArrayNode parts -> last.set("content", markedParts(parts));
      case null, default -> throw Fault.of("the final message has no text to continue");
    }
  }

  private ArrayNode markedParts(ArrayNode parts) {
    ArrayNode copy = parts.deepCopy();
    for (int i = copy.size() - 1; i >= 0; i--) {
      if (copy.get(i) instanceof ObjectNode part && part.get("text") instanceof TextNode text) {
        part.put("text", marked(text.textValue()));
        return copy;
      }
    }
    throw Fault.of("the final message has no text to continue");
  }

  // The space shows whether the template trims its messages.
  private String marked(String text) {
    continued = text;
    return text + mark + " ";
  }

  /** The rendered text up to the mark. */
  Value.Str cut(Value.Str text) {
    String rendered = text.text();
    int at = rendered.lastIndexOf(mark);
    if (at < 0 || !rendered.contains(Unicode.strip(continued))) {
      throw Fault.of("the template does not write the final message, so it can't be continued");
    }
    Value.Str open = text.part(0, at);
    return rendered.startsWith(mark + " ", at) ? open : open.part(0, Unicode.end(open.text()));
  }
}
