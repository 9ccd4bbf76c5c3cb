package io.lorikeet.http.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages in blocks, put in the form of chat messages. Turns of one role that follow each other
 * are one turn. Results of tools become messages of their own, before the text of their turn that
 * follows them.
 */
final class MessageBlocks {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final String role;
  private final ArrayNode messages;
  private final ArrayNode texts = JSON.arrayNode();
  private final ArrayNode calls = JSON.arrayNode();

  private MessageBlocks(String role, ArrayNode messages) {
    this.role = role;
    this.messages = messages;
  }

  /** A block and its place in the request. */
  private record Placed(Fields fields) {
    String type() {
      return fields.requiredText("type");
    }
  }

  /**
   * Adds the messages of a request.
   *
   * @throws io.lorikeet.engine.error.LorikeetException REQUEST_INVALID, PARAMETER_*
   */
  static void translate(ArrayNode given, ArrayNode messages) {
    List<Placed> turn = new ArrayList<>();
    String role = "";
    for (int i = 0; i < given.size(); i++) {
      String place = "messages[" + i + "]";
      if (!(given.get(i) instanceof ObjectNode object)) {
        throw Fields.wrongType(place, "an object", given.get(i));
      }
      Fields message = new Fields(object, place + ".");
      String next = message.requiredText("role");
      if (!next.equals("user") && !next.equals("assistant")) {
        throw Refused.unsupported(
            message.full("role"), "send \"user\" or \"assistant\", and the rest in `system`");
      }
      if (!next.equals(role)) {
        write(role, turn, messages);
        turn.clear();
        role = next;
      }
      turn.addAll(blocks(message));
    }
    write(role, turn, messages);
  }

  private static void write(String role, List<Placed> turn, ArrayNode messages) {
    if (role.isEmpty()) {
      return;
    }
    MessageBlocks blocks = new MessageBlocks(role, messages);
    turn.forEach(blocks::add);
    blocks.end();
  }

  private static List<Placed> blocks(Fields message) {
    JsonNode content =
        message.any("content").orElseThrow(() -> Fields.missing(message.full("content")));
    return blocks(message.full("content"), content);
  }

  private static List<Placed> blocks(String place, JsonNode content) {
    if (content.isTextual()) {
      ObjectNode block = JSON.objectNode().put("type", "text");
      block.set("text", content);
      return List.of(new Placed(new Fields(block, place + ".")));
    }
    if (!content.isArray()) {
      throw Fields.wrongType(place, "a string or an array of blocks", content);
    }
    List<Placed> blocks = new ArrayList<>();
    for (JsonNode node : content) {
      String at = place + "[" + blocks.size() + "]";
      if (!(node instanceof ObjectNode block)) {
        throw Fields.wrongType(at, "an object", node);
      }
      blocks.add(new Placed(new Fields(block, at + ".")));
    }
    return blocks;
  }

  /** A string, or blocks of text only, as the content of a chat message. */
  static JsonNode texts(String place, JsonNode content) {
    if (content.isTextual()) {
      return content;
    }
    ArrayNode texts = JSON.arrayNode();
    for (Placed block : blocks(place, content)) {
      if (!block.type().equals("text")) {
        throw unsupported(block, "only \"text\" is");
      }
      texts.add(text(block));
    }
    return single(texts);
  }

  private static ObjectNode text(Placed block) {
    return JSON.objectNode().put("type", "text").put("text", block.fields.requiredText("text"));
  }

  private static JsonNode single(ArrayNode texts) {
    return switch (texts.size()) {
      case 0 -> TextNode.valueOf("");
      case 1 -> texts.get(0).path("text");
      default -> texts.deepCopy();
    };
  }

  private static RuntimeException unsupported(Placed block, String rule) {
    return Refused.unsupported(block.fields.full("type"), rule);
  }

  private void add(Placed block) {
    String type = block.type();
    if (type.equals("text")) {
      texts.add(text(block));
    } else if (type.equals("tool_use") && role.equals("assistant")) {
      calls.add(call(block.fields));
    } else if (type.equals("tool_result") && role.equals("user")) {
      endText();
      result(block.fields);
    } else {
      throw unsupported(
          block,
          role.equals("user")
              ? "only \"text\" and \"tool_result\" are"
              : "only \"text\" and \"tool_use\" are");
    }
  }

  private static ObjectNode call(Fields use) {
    ObjectNode call = JSON.objectNode().put("id", use.requiredText("id")).put("type", "function");
    call.putObject("function")
        .put("name", use.requiredText("name"))
        .set("arguments", use.object("input").orElseThrow(() -> Fields.missing(use.full("input"))));
    return call;
  }

  // Templates know no failed results, so the model reads of it in the text.
  private void result(Fields result) {
    JsonNode content =
        result
            .any("content")
            .map(given -> texts(result.full("content"), given))
            .orElseGet(() -> TextNode.valueOf(""));
    ObjectNode message =
        messages
            .addObject()
            .put("role", "tool")
            .put("tool_call_id", result.requiredText("tool_use_id"));
    if (!result.flag("is_error", false)) {
      message.set("content", content);
      return;
    }
    ArrayNode parts = message.putArray("content");
    parts.addObject().put("type", "text").put("text", "Error:");
    if (content.isArray()) {
      parts.addAll((ArrayNode) content);
    } else {
      parts.addObject().put("type", "text").set("text", content);
    }
  }

  private void endText() {
    if (!texts.isEmpty()) {
      messages.addObject().put("role", role).set("content", single(texts));
      texts.removeAll();
    }
  }

  private void end() {
    if (role.equals("assistant")) {
      ObjectNode message = messages.addObject().put("role", role);
      message.set("content", single(texts));
      if (!calls.isEmpty()) {
        message.set("tool_calls", calls);
      }
      return;
    }
    endText();
  }
}
