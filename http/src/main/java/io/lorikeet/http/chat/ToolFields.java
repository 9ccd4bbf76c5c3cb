package io.lorikeet.http.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.Engine;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Refused;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code tools} and the fields around them, in OpenAI's form for chats. */
public final class ToolFields {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");

  private ToolFields() {}

  /**
   * Reads all fields.
   *
   * @param use what the model can do with tools
   * @throws LorikeetException REQUEST_INVALID, PARAMETER_*
   */
  public static Tools read(Fields fields, RequestSettings limits, Engine.ToolUse use) {
    List<ObjectNode> definitions = definitions(fields, limits);
    boolean called = called(fields);
    boolean parallel = fields.flag("parallel_tool_calls", true);
    if (definitions.isEmpty()) {
      return Tools.NONE;
    }
    if (!use.declared()) {
      throw Refused.unsupported(
          "tools", "the model's chat template does not tell the model of them");
    }
    if (called && use.calls().isEmpty()) {
      throw Refused.unsupported(
          "tools",
          "how the model writes calls is not known; serve it with --tool-call-parser, or send"
              + " `tool_choice` \"none\"");
    }
    return new Tools(
        definitions,
        parallel,
        called ? use.calls() : Optional.empty(),
        limits.toolCallsMax(),
        limits.toolCallCharactersMax());
  }

  /**
   * Reads {@code tools} alone.
   *
   * @throws LorikeetException REQUEST_INVALID, PARAMETER_*
   */
  public static List<ObjectNode> definitions(Fields fields, RequestSettings limits) {
    Optional<ArrayNode> tools = fields.array("tools");
    if (tools.isEmpty()) {
      return List.of();
    }
    int most = limits.toolsMax();
    int count = tools.get().size();
    Fields.require(count <= most, "tools", "must hold at most " + most + " functions", count);
    int bytes = tools.get().toString().getBytes(StandardCharsets.UTF_8).length;
    int mostBytes = limits.toolsBytesMax();
    Fields.require(
        bytes <= mostBytes, "tools", "must have at most " + mostBytes + " bytes of JSON", bytes);
    List<ObjectNode> definitions = new ArrayList<>();
    for (JsonNode tool : tools.get()) {
      definitions.add(definition("tools[" + definitions.size() + "]", tool));
    }
    return definitions;
  }

  private static ObjectNode definition(String place, JsonNode node) {
    if (!(node instanceof ObjectNode tool)) {
      throw Fields.wrongType(place, "an object", node);
    }
    Fields fields = new Fields(tool, place + ".");
    checkType(fields);
    ObjectNode function =
        fields.object("function").orElseThrow(() -> Fields.missing(fields.full("function")));
    checkFunction(new Fields(function, fields.full("function.")));
    return tool;
  }

  private static void checkType(Fields tool) {
    String type = tool.requiredText("type");
    if (!type.equals("function")) {
      throw Refused.unsupported(tool.full("type"), "only \"function\" is");
    }
  }

  private static void checkFunction(Fields function) {
    String name = function.requiredText("name");
    Fields.require(
        NAME.matcher(name).matches(),
        function.full("name"),
        "must be 1 to 128 letters, digits, _ or -",
        name.length() <= 128 ? name : name.length() + " characters");
    function.text("description");
    function.object("parameters");
    if (function.flag("strict", false)) {
      throw Refused.unsupported(
          function.full("strict"),
          "leave it out or send false; answers can't be held to a schema yet");
    }
  }

  /** Whether calls are looked for. */
  private static boolean called(Fields fields) {
    Optional<JsonNode> choice = fields.any("tool_choice");
    if (choice.isEmpty()) {
      return true;
    }
    String word = choice.get().asText();
    if (!choice.get().isTextual() && !choice.get().isObject()) {
      throw Fields.wrongType("tool_choice", "a string or an object", choice.get());
    }
    if (!word.equals("auto") && !word.equals("none")) {
      throw Refused.unsupported(
          "tool_choice",
          "only \"auto\" and \"none\" are; to call what was chosen, answers must be held to a"
              + " grammar, which they can't be yet");
    }
    return word.equals("auto");
  }
}
