package io.lorikeet.actors;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.config.RequestSettings;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.ChatTemplateSources;
import io.lorikeet.engine.text.TextModel;
import io.lorikeet.engine.text.TokenSpans;
import io.lorikeet.engine.text.template.ChatTemplate;
import io.lorikeet.engine.text.template.ChatText;
import io.lorikeet.engine.text.template.TemplateInput;
import io.lorikeet.engine.text.template.TemplateLimits;
import java.time.Clock;
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
  private final Map<String, String> specialTokens;
  private final Encoding encoding;
  private final TemplateLimits limits;
  private final Clock clock;
  private final TemplateMessages messages;

  private TemplateChats(
      String source,
      ChatTemplate template,
      Map<String, String> specialTokens,
      Encoding encoding,
      TemplateLimits limits,
      Clock clock) {
    this.template = template;
    this.specialTokens = Map.copyOf(specialTokens);
    this.encoding = encoding;
    this.limits = limits;
    this.clock = clock;
    this.messages = TemplateMessages.of(source, TemplateTools.of(this::probe));
  }

  /**
   * The renderer of a model; nothing where it has no template. A template that is not valid must
   * not keep completions from being served: each chat is then refused with what is wrong with it.
   */
  static Optional<ChatRenderer> of(TextModel text, RequestSettings settings, Clock clock) {
    Map<String, String> sources = text.chatTemplates().byName();
    Encoding encoding =
        settings.controlTokensInMessages()
            ? (chat, special) -> text.tokenizer().encodeWithSpans(chat.text(), special)
            : text.chatTokenizer(String.join("\n", sources.values()))::encodeWithSpans;
    return of(sources, text.specialTokens().named(), encoding, settings, clock);
  }

  /** How a rendered text gets its tokens; the flag asks for those that are put around a text. */
  @FunctionalInterface
  interface Encoding {
    TokenSpans of(ChatText text, boolean addSpecialTokens);
  }

  static Optional<ChatRenderer> of(
      Map<String, String> sources,
      Map<String, String> specialTokens,
      Encoding encoding,
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
                .map(source -> compile(source, specialTokens, encoding, limits, clock));
    Optional<ChatRenderer> chats = compiled.apply(ChatTemplateSources.DEFAULT);
    Optional<ChatRenderer> withTools = compiled.apply(WITH_TOOLS);
    return chats.map(all -> withTools.<ChatRenderer>map(some -> new Chosen(all, some)).orElse(all));
  }

  /** Another template where a chat has tools. */
  private record Chosen(ChatRenderer without, ChatRenderer with) implements ChatRenderer {
    @Override
    public ChatText write(Prompt.Chat chat) {
      return (chat.tools().isPresent() ? with : without).write(chat);
    }

    @Override
    public TokenSpans encode(ChatText text, boolean addSpecialTokens) {
      return without.encode(text, addSpecialTokens);
    }

    @Override
    public Engine.ToolUse tools() {
      return with.tools();
    }
  }

  private static ChatRenderer compile(
      String source,
      Map<String, String> specialTokens,
      Encoding encoding,
      TemplateLimits limits,
      Clock clock) {
    try {
      return new TemplateChats(
          source, ChatTemplate.compile(source, limits), specialTokens, encoding, limits, clock);
    } catch (LorikeetException e) {
      LOG.warn("chats will be refused: {}", e.getMessage());
      return new Refusing(e.code(), String.valueOf(e.getMessage()), encoding);
    }
  }

  /** A template that is not valid. */
  private record Refusing(ErrorCode code, String message, Encoding encoding)
      implements ChatRenderer {
    @Override
    public ChatText write(Prompt.Chat chat) {
      throw new LorikeetException(code, message);
    }

    @Override
    public TokenSpans encode(ChatText text, boolean addSpecialTokens) {
      return encoding.of(text, addSpecialTokens);
    }
  }

  private Optional<String> probe(Prompt.Chat chat) {
    try {
      return Optional.of(write(chat, chat.messages()).text());
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
  public TokenSpans encode(ChatText text, boolean addSpecialTokens) {
    return encoding.of(text, addSpecialTokens);
  }

  @Override
  public ChatText write(Prompt.Chat chat) {
    return write(chat, messages.of(chat));
  }

  private ChatText write(Prompt.Chat chat, List<ObjectNode> prepared) {
    return template.render(
        new TemplateInput(
            prepared,
            chat.tools(),
            Optional.empty(),
            chat.addGenerationPrompt(),
            chat.continueFinalMessage(),
            specialTokens,
            chat.templateArguments(),
            clock.instant(),
            clock.getZone()),
        limits);
  }
}
