package io.lorikeet.actors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.ChatTemplateSources;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.template.ChatTemplate;
import io.lorikeet.engine.text.template.TemplateInput;
import io.lorikeet.engine.text.template.TemplateLimits;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chats through the model folder's own template, with its special tokens as variables. */
final class TemplateChats implements ChatRenderer {
  private static final Logger LOG = LoggerFactory.getLogger(TemplateChats.class);

  // transformers' name of the template that is used where a chat has tools.
  private static final String WITH_TOOLS = "tool_use";

  private final ChatTemplate template;
  private final Map<String, JsonNode> specialTokens;
  private final TemplateLimits limits;
  private final Clock clock;
  private final TemplateMessages messages;

  private TemplateChats(
      String source,
      ChatTemplate template,
      Map<String, JsonNode> specialTokens,
      TemplateLimits limits,
      Clock clock) {
    this.template = template;
    this.specialTokens = Map.copyOf(specialTokens);
    this.limits = limits;
    this.clock = clock;
    this.messages = TemplateMessages.of(source, TemplateTools.of(this::probe));
  }

  /**
   * The renderer of a model; nothing where it has no template. A template that is not valid must
   * not keep completions from being served: each chat is then refused with what is wrong with it.
   */
  static Optional<ChatRenderer> of(TextModel text, RequestSettings settings, Clock clock) {
    Map<String, JsonNode> specialTokens = new HashMap<>();
    text.specialTokens()
        .named()
        .forEach((name, token) -> specialTokens.put(name, TextNode.valueOf(token)));
    return of(text.chatTemplates().byName(), specialTokens, settings, clock);
  }

  static Optional<ChatRenderer> of(
      Map<String, String> sources,
      Map<String, JsonNode> specialTokens,
      RequestSettings settings,
      Clock clock) {
    TemplateLimits usual = TemplateLimits.DEFAULT;
    TemplateLimits limits =
        new TemplateLimits(
            settings.templateBytesMax(),
            settings.templateStepsMax(),
            settings.templateOutputMax(),
            usual.sourceDepth(),
            usual.renderDepth(),
            usual.valueDepth());
    Function<String, Optional<ChatRenderer>> compiled =
        name ->
            Optional.ofNullable(sources.get(name))
                .map(source -> compile(source, specialTokens, limits, clock));
    Optional<ChatRenderer> chats = compiled.apply(ChatTemplateSources.DEFAULT);
    Optional<ChatRenderer> withTools = compiled.apply(WITH_TOOLS);
    return chats.map(all -> withTools.<ChatRenderer>map(some -> new Chosen(all, some)).orElse(all));
  }

  /** Another template where a chat has tools. */
  private record Chosen(ChatRenderer without, ChatRenderer with) implements ChatRenderer {
    @Override
    public String render(Prompt.Chat chat) {
      return (chat.tools().isPresent() ? with : without).render(chat);
    }

    @Override
    public Engine.ToolUse tools() {
      return with.tools();
    }
  }

  private static ChatRenderer compile(
      String source, Map<String, JsonNode> specialTokens, TemplateLimits limits, Clock clock) {
    try {
      return new TemplateChats(
          source, ChatTemplate.compile(source, limits), specialTokens, limits, clock);
    } catch (LorikeetException e) {
      LOG.warn("chats will be refused: {}", e.getMessage());
      return _ -> {
        throw new LorikeetException(e.code(), String.valueOf(e.getMessage()), e);
      };
    }
  }

  private Optional<String> probe(Prompt.Chat chat) {
    try {
      return Optional.of(render(chat, chat.messages()));
    } catch (LorikeetException e) {
      LOG.debug("the chat template refuses a made-up chat with tools: {}", e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public Engine.ToolUse tools() {
    return new Engine.ToolUse(messages.tools().declared(), messages.tools().format());
  }

  @Override
  public String render(Prompt.Chat chat) {
    return render(chat, messages.of(chat));
  }

  private String render(Prompt.Chat chat, List<ObjectNode> prepared) {
    Map<String, JsonNode> variables = new HashMap<>(specialTokens);
    variables.putAll(chat.templateArguments());
    return template.render(
        new TemplateInput(
            prepared,
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
