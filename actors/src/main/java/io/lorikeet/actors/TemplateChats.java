package io.lorikeet.actors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.template.ChatTemplate;
import io.lorikeet.engine.text.template.TemplateInput;
import io.lorikeet.engine.text.template.TemplateLimits;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chats through the model folder's own template, with its special tokens as variables. */
final class TemplateChats implements ChatRenderer {
  private static final Logger LOG = LoggerFactory.getLogger(TemplateChats.class);

  // A template that walks through the parts of a message itself; others add its content to texts.
  private static final Pattern WALKS_PARTS =
      Pattern.compile(
          "\\bfor\\s+\\w+\\s+in\\s+\\w+\\s*(?:\\.content\\b|\\[\\s*['\"]content['\"]\\s*])");

  private final ChatTemplate template;
  private final boolean walksParts;
  private final Map<String, JsonNode> specialTokens;
  private final TemplateLimits limits;
  private final Clock clock;

  private TemplateChats(
      ChatTemplate template,
      boolean walksParts,
      Map<String, JsonNode> specialTokens,
      TemplateLimits limits,
      Clock clock) {
    this.template = template;
    this.walksParts = walksParts;
    this.specialTokens = Map.copyOf(specialTokens);
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * The renderer of a model; nothing where it has no template. A template that is not valid must
   * not keep completions from being served: each chat is then refused with what is wrong with it.
   */
  static Optional<ChatRenderer> of(TextModel text, RequestSettings settings, Clock clock) {
    TemplateLimits usual = TemplateLimits.DEFAULT;
    TemplateLimits limits =
        new TemplateLimits(
            settings.templateBytesMax(),
            settings.templateStepsMax(),
            settings.templateOutputMax(),
            usual.sourceDepth(),
            usual.renderDepth(),
            usual.valueDepth());
    Map<String, JsonNode> specialTokens = new HashMap<>();
    text.specialTokens()
        .named()
        .forEach((name, token) -> specialTokens.put(name, TextNode.valueOf(token)));
    return text.chatTemplates()
        .usual()
        .map(source -> compile(source, specialTokens, limits, clock));
  }

  private static ChatRenderer compile(
      String source, Map<String, JsonNode> specialTokens, TemplateLimits limits, Clock clock) {
    try {
      return new TemplateChats(
          ChatTemplate.compile(source, limits),
          WALKS_PARTS.matcher(source).find(),
          specialTokens,
          limits,
          clock);
    } catch (LorikeetException e) {
      LOG.warn("chats will be refused: {}", e.getMessage());
      return _ -> {
        throw new LorikeetException(e.code(), String.valueOf(e.getMessage()), e);
      };
    }
  }

  // Parts of text become one text with a line for each, as in vLLM.
  private ObjectNode joined(ObjectNode message) {
    if (!message.path("content").isArray()) {
      return message;
    }
    StringJoiner lines = new StringJoiner("\n");
    message.path("content").forEach(part -> lines.add(part.path("text").asText()));
    return message.deepCopy().put("content", lines.toString());
  }

  @Override
  public String render(Prompt.Chat chat) {
    Map<String, JsonNode> variables = new HashMap<>(specialTokens);
    variables.putAll(chat.templateArguments());
    return template.render(
        new TemplateInput(
            walksParts ? chat.messages() : chat.messages().stream().map(this::joined).toList(),
            chat.tools(),
            Optional.empty(),
            chat.addGenerationPrompt(),
            chat.continueFinalMessage(),
            variables,
            clock.instant(),
            clock.getZone()),
        limits);
  }
}
