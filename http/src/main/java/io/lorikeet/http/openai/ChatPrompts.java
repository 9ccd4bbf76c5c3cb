package io.lorikeet.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Prompt;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.chat.ToolFields;
import io.lorikeet.http.chat.Tools;
import io.lorikeet.http.json.Fields;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the fields of a request that make a chat. */
public final class ChatPrompts {
  /** The fields that are read here. */
  public static final List<String> FIELDS =
      List.of(
          "messages",
          "tools",
          "add_generation_prompt",
          "continue_final_message",
          "chat_template_kwargs");

  private ChatPrompts() {}

  /**
   * Reads a chat.
   *
   * @throws LorikeetException REQUEST_INVALID, PARAMETER_*
   */
  public static Prompt.Chat read(Fields fields, RequestSettings limits) {
    ArrayNode array = fields.array("messages").orElseThrow(() -> Fields.missing("messages"));
    Fields.require(!array.isEmpty(), "messages", "must hold at least 1 message", 0);
    List<ObjectNode> messages = ChatMessages.read(array);
    boolean continues = fields.flag("continue_final_message", false);
    boolean generationPrompt = fields.flag("add_generation_prompt", !continues);
    if (continues && generationPrompt) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "`continue_final_message` and `add_generation_prompt` exclude each other");
    }
    return new Prompt.Chat(
        messages,
        Tools.forTemplates(ToolFields.definitions(fields, limits)),
        templateArguments(fields),
        generationPrompt,
        continues);
  }

  private static Map<String, JsonNode> templateArguments(Fields fields) {
    Map<String, JsonNode> arguments = new HashMap<>();
    fields.object("chat_template_kwargs").ifPresent(given -> given.forEachEntry(arguments::put));
    for (String name : List.of("messages", "tools", "documents", "add_generation_prompt")) {
      Fields.require(
          !arguments.containsKey(name),
          "chat_template_kwargs",
          "must not hold what the request itself says",
          name);
    }
    return arguments;
  }
}
