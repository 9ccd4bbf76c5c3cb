package io.lorikeet.http.responses.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Items as the messages of a chat. A text of the assistant and the calls that follow it are one
 * turn of it, so they become one message.
 */
final class ChatMessages {
  private static final String ASSISTANT = "assistant";
  private static final String CALLS = "tool_calls";

  private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();
  private final Map<String, String> called = new HashMap<>(); // name by id of the call

  private ChatMessages() {}

  /**
   * The messages.
   *
   * @param earlier items in full form that are in order
   * @param input items in full form
   * @throws LorikeetException REQUEST_INVALID where a result belongs to no call
   */
  static ArrayNode of(
      Optional<String> instructions, List<ObjectNode> earlier, List<ObjectNode> input) {
    ChatMessages chat = new ChatMessages();
    instructions.ifPresent(text -> chat.add("system").put("content", text));
    earlier.forEach(item -> chat.item(item, "previous_response_id"));
    for (int i = 0; i < input.size(); i++) {
      chat.item(input.get(i), "input[" + i + "].call_id");
    }
    return chat.messages;
  }

  private void item(ObjectNode item, String place) {
    switch (item.path("type").asText()) {
      case "message" -> message(item);
      case "function_call" -> call(item);
      case "function_call_output" -> result(item, place);
      default -> throw new IllegalStateException("an item of no known type was kept");
    }
  }

  private void message(ObjectNode item) {
    String role = item.path("role").asText();
    ObjectNode message =
        role.equals(ASSISTANT)
            ? last().filter(ChatMessages::lacksText).orElseGet(() -> add(role))
            : add(role);
    setContent(message, item.path("content"));
  }

  private static boolean lacksText(ObjectNode message) {
    return message.has(CALLS) && message.path("content").asText().isEmpty();
  }

  private static void setContent(ObjectNode message, JsonNode parts) {
    if (parts.isTextual() || parts.size() == 1) {
      message.put("content", parts.isTextual() ? parts.asText() : text(parts.get(0)));
      return;
    }
    ArrayNode content = message.putArray("content");
    parts.forEach(part -> content.addObject().put("type", "text").put("text", text(part)));
  }

  private static String text(JsonNode part) {
    return part.path("text").asText();
  }

  private void call(ObjectNode item) {
    String id = item.path("call_id").asText();
    String name = item.path("name").asText();
    called.put(id, name);
    ObjectNode call = turn().withArray(CALLS).addObject().put("id", id).put("type", "function");
    call.putObject("function").put("name", name).put("arguments", item.path("arguments").asText());
  }

  private ObjectNode turn() {
    return last()
        .filter(message -> message.path("role").asText().equals(ASSISTANT))
        .orElseGet(() -> add(ASSISTANT).put("content", ""));
  }

  private Optional<ObjectNode> last() {
    return Optional.ofNullable(messages.get(messages.size() - 1)).map(ObjectNode.class::cast);
  }

  private void result(ObjectNode item, String place) {
    String id = item.path("call_id").asText();
    String name = called.get(id);
    if (name == null) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`" + place + "` must name a call of the conversation. Given: " + Shown.shortened(id));
    }
    ObjectNode message = add("tool").put("tool_call_id", id).put("name", name);
    setContent(message, item.path("output"));
  }

  private ObjectNode add(String role) {
    return messages.addObject().put("role", role);
  }
}
