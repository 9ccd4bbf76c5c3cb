package io.lorikeet.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.config.SettingsReader;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.TokenSpans;
import io.lorikeet.engine.text.calls.CallFormat;
import io.lorikeet.engine.text.template.ChatText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is done to chats before a template renders them, and what is known of the template. */
class TemplateChatsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Path TEMPLATES =
      Path.of(System.getProperty("lorikeet.root"), "fixtures/chat-templates");
  private static final Clock STILL = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
  private static final Map<String, String> SPECIAL =
      Map.of("bos_token", "<s>", "eos_token", "</s>");
  private static final String TOOLS =
      "[{'type': 'function', 'function': {'name': 'add', 'parameters': {}}}]";

  @ParameterizedTest
  @CsvSource({
    "im-tools, true, HERMES",
    "im-reasoning, true, HERMES",
    "headers-tools, true, LLAMA3",
    "inst, true, ",
    "call-macros, true, ",
    "channels, true, ",
    "xml-calls, false, ",
    "headers, false, ",
    "plain, false, ",
  })
  void whatATemplateDoesWithToolsIsFoundOut(String name, boolean declared, CallFormat format)
      throws IOException {
    assertEquals(
        new Engine.ToolUse(declared, Optional.ofNullable(format)), chats(template(name)).tools());
  }

  @Test
  void theMarksOfMistralAreKnown() throws IOException {
    String template = template("inst").replace("[CALLS]", "[TOOL_CALLS]");

    assertEquals(
        new Engine.ToolUse(true, Optional.of(CallFormat.MISTRAL)), chats(template).tools());
  }

  @ParameterizedTest
  @CsvSource({"im-tools", "im-reasoning", "headers-tools", "inst", "call-macros"})
  void argumentsInAStringAreRenderedAsTheObjectInIt(String name) throws IOException {
    JsonNode cases = MAPPER.readTree(TEMPLATES.resolve(name + ".cases.json").toFile());
    int rendered = 0;
    for (JsonNode one : cases.path("cases")) {
      if (one.path("name").asText().matches("call \\+tools|call-text \\+tools|calls \\+tools")
          && one.has("expected")) {
        assertEquals(
            one.path("expected").asText(),
            render(name, cases.path("now").asText(), one),
            name + ": " + one.path("name"));
        rendered++;
      }
    }
    assertTrue(rendered > 0, "no case of " + name);
  }

  private String render(String name, String now, JsonNode one) throws IOException {
    List<ObjectNode> messages = new ArrayList<>();
    for (JsonNode message : one.path("messages")) {
      ObjectNode copy = message.deepCopy();
      for (JsonNode call : copy.path("tool_calls")) {
        ObjectNode function = (ObjectNode) call.path("function");
        function.put("arguments", function.path("arguments").toString());
      }
      messages.add(copy);
    }
    Map<String, JsonNode> arguments = new HashMap<>();
    one.path("kwargs").forEachEntry(arguments::put);
    boolean prompt =
        arguments.containsKey("add_generation_prompt")
            && arguments.remove("add_generation_prompt").asBoolean();
    Clock clock = Clock.fixed(LocalDateTime.parse(now).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    return chats(template(name), clock)
        .render(
            new Prompt.Chat(messages, Optional.of(one.path("tools")), arguments, prompt, false));
  }

  @Test
  void argumentsThatAreNoObjectStayText() throws IOException {
    ChatRenderer chats = chats(template("im-tools"));

    assertTrue(
        chats
            .render(chat(TOOLS, user(), call("'{\\\"a\\\": tru'")))
            .contains("\"arguments\": \"{\\\"a\\\": tru\"}"),
        chats.render(chat(TOOLS, user(), call("'{\\\"a\\\": tru'"))));
    assertTrue(chats.render(chat(TOOLS, user(), call("''"))).contains("\"arguments\": {}}"));
  }

  @Test
  void aTemplateThatAddsArgumentsToTextGetsText() throws IOException {
    ChatRenderer chats =
        chats(
            "{{ tools|tojson }}{% for m in messages %}{% for c in m.tool_calls %}"
                + "<tool_call>{\"name\": \"{{ c.function.name }}\", \"arguments\": "
                + "{{ '' + c.function.arguments }}}</tool_call>"
                + "{% endfor %}{{ m.content }}{% endfor %}");

    assertEquals(Optional.of(CallFormat.HERMES), chats.tools().calls());
    assertTrue(
        chats
            .render(chat(TOOLS, call("'{\\\"a\\\":  1}'")))
            .contains("\"arguments\": {\"a\":  1}}</tool_call>"));
    assertTrue(chats.render(chat(TOOLS, call("{'a': 1}"))).contains("\"arguments\": {\"a\":1}}"));
  }

  @Test
  void aTemplateThatNeedsContentBesideCallsGetsAnEmptyOne() throws IOException {
    ChatRenderer chats =
        chats(
            "{% for m in messages %}{{ '[' + m.content + ']' }}"
                + "{{ m.tool_calls|tojson if m.tool_calls else '' }}{% endfor %}");

    assertTrue(chats.render(chat("[]", call("{}"))).startsWith("[][{"));
  }

  @Test
  void whatATemplateLeavesOutIsRefusedByName() throws IOException {
    ChatRenderer chats =
        chats(
            "{% for m in messages %}{% if m.role != 'tool' %}{{ m.content }}{% endif %}{% endfor %}");

    refused(chats, chat(TOOLS, user()), "`tools`");
    refused(chats, chat("[]", user(), call("{}")), "`messages[1].tool_calls`");
    refused(
        chats,
        chat("[]", user(), message("{'role': 'tool', 'content': '5', 'tool_call_id': 'a'}")),
        "`messages[1].role`");
    assertEquals("Hi", chats.render(chat("[]", user())));
  }

  @Test
  void aDeveloperIsTheSystemWhereTheTemplateKnowsNone() throws IOException {
    ObjectNode developer = message("{'role': 'developer', 'content': 'Be brief.'}");

    assertTrue(
        chats(template("im-tools"))
            .render(chat("[]", developer, user()))
            .startsWith("<|im_start|>system\nBe brief.<|im_end|>"));
    assertEquals(
        "developer", chats("{{ messages[0].role }}{# developer #}").render(chat("[]", developer)));
  }

  @Test
  void contentIsTextOrPartsAsTheTemplateTakesIt() throws IOException {
    ObjectNode text = message("{'role': 'user', 'content': 'Hi'}");
    ObjectNode parts =
        message(
            "{'role': 'user', 'content': [{'type': 'text', 'text': 'a'},"
                + " {'type': 'text', 'text': 'b'}]}");
    String walks = "{% for p in messages[0].content %}<{{ p.text }}>{% endfor %}";

    assertEquals("a\nb", chats("{{ messages[0].content }}").render(chat("[]", parts)));
    assertEquals(
        "<a><b>",
        chats(
                walks
                    .replace("messages[0]", "m")
                    .replace("{% for p", "{% set m = messages[0] %}{% for p"))
            .render(chat("[]", parts)));
    assertEquals(
        "<Hi>",
        chats(
                walks
                    .replace("messages[0]", "m")
                    .replace("{% for p", "{% set m = messages[0] %}{% for p"))
            .render(chat("[]", text)));
    assertEquals(
        "Hi",
        chats(
                "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}"
                    + "{% for p in m.content %}<{{ p.text }}>{% endfor %}{% endif %}{% endfor %}")
            .render(chat("[]", text)));
  }

  @Test
  void thinkingIsSwitchedOffByAVariableOfTheTemplate() throws IOException {
    ChatRenderer chats = chats(template("im-reasoning"));
    for (boolean thinking : new boolean[] {false, true}) {
      Prompt.Chat chat =
          new Prompt.Chat(
              List.of(user()),
              Optional.empty(),
              Map.of("enable_thinking", BooleanNode.valueOf(thinking)),
              true,
              false);

      assertEquals(
          "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
              + (thinking ? "" : "<think>\n\n</think>\n\n"),
          chats.render(chat));
    }
  }

  @Test
  void theTemplateForToolsIsUsedWhereThereAreSome() throws IOException {
    Map<String, String> sources = Map.of("default", "plain", "tool_use", "{{ tools|tojson }}");
    ChatRenderer chats =
        TemplateChats.of(
                sources,
                Map.of(),
                TemplateChatsTest::noTokens,
                SettingsReader.defaults().requests(),
                STILL)
            .orElseThrow();

    assertEquals(true, chats.tools().declared());
    assertEquals(
        "plain", chats.render(new Prompt.Chat(List.of(), Optional.empty(), Map.of(), true, false)));
    assertTrue(chats.render(chat(TOOLS, user())).contains("\"add\""));
  }

  private static TokenSpans noTokens(ChatText text, boolean addSpecialTokens) {
    throw new AssertionError("nothing is tokenised here");
  }

  private static void refused(ChatRenderer chats, Prompt.Chat chat, String named) {
    LorikeetException e = assertThrows(LorikeetException.class, () -> chats.render(chat));
    assertEquals(ErrorCode.PARAMETER_UNSUPPORTED, e.code());
    assertTrue(String.valueOf(e.getMessage()).startsWith(named), e.getMessage());
  }

  private static ChatRenderer chats(String source) {
    return chats(source, STILL);
  }

  private static ChatRenderer chats(String source, Clock clock) {
    return TemplateChats.of(
            Map.of("default", source),
            SPECIAL,
            TemplateChatsTest::noTokens,
            SettingsReader.defaults().requests(),
            clock)
        .orElseThrow();
  }

  private static String template(String name) throws IOException {
    return Files.readString(TEMPLATES.resolve(name + ".jinja"));
  }

  private static Prompt.Chat chat(String tools, ObjectNode... messages) throws IOException {
    return new Prompt.Chat(List.of(messages), Optional.of(json(tools)), Map.of(), false, false);
  }

  private static ObjectNode user() throws IOException {
    return message("{'role': 'user', 'content': 'Hi'}");
  }

  private static ObjectNode call(String arguments) throws IOException {
    return message(
        "{'role': 'assistant', 'tool_calls': [{'id': 'probe0000', 'type': 'function',"
            + " 'function': {'name': 'add', 'arguments': "
            + arguments
            + "}}]}");
  }

  private static ObjectNode message(String json) throws IOException {
    return (ObjectNode) json(json);
  }

  private static JsonNode json(String json) throws IOException {
    return MAPPER.readTree(json.replace('\'', '"'));
  }
}
