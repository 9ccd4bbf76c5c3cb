package io.lorikeet.engine.text.template;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A chat template, compiled: turns a conversation into the text that a model reads. Immutable and
 * thread-safe.
 */
public final class ChatTemplate {
  private final List<Statement> statements;
  private final Map<String, Statement.Block> blocks;

  private ChatTemplate(List<Statement> statements, Map<String, Statement.Block> blocks) {
    this.statements = statements;
    this.blocks = blocks;
  }

  /**
   * Compiles a template.
   *
   * @throws LorikeetException CHAT_TEMPLATE_INVALID if it is too long or nested too deep, is no
   *     Jinja, or uses what is not supported here
   */
  public static ChatTemplate compile(String source, TemplateLimits limits) {
    int bytes = source.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > limits.sourceBytes()) {
      throw new LorikeetException(
          ErrorCode.CHAT_TEMPLATE_INVALID,
          "The chat template must have at most %d bytes. Given: %d"
              .formatted(limits.sourceBytes(), bytes));
    }
    try {
      List<Statement> statements =
          StatementParser.parse(Lexer.tokens(source), limits.sourceDepth());
      return new ChatTemplate(statements, NameCheck.check(statements));
    } catch (Fault e) {
      throw new LorikeetException(
          ErrorCode.CHAT_TEMPLATE_INVALID, "The chat template is not valid: " + e.reason(), e);
    }
  }

  /**
   * Renders a conversation.
   *
   * @throws LorikeetException CHAT_TEMPLATE_FAILED with the template's own message if it refuses
   *     the conversation ({@code raise_exception}), else with what failed in which line
   */
  public ChatText render(TemplateInput input, TemplateLimits limits) {
    Render render = new Render(limits, input.now().atZone(input.zone()));
    try {
      Conversation conversation = Conversation.of(input);
      Value.Str text = render.runner().template(statements, scope(input, conversation, render));
      Value.Str shown = input.continueFinalMessage() ? conversation.cut(text) : text;
      int bytes = shown.text().getBytes(StandardCharsets.UTF_8).length;
      if (bytes > limits.outputBytes()) {
        throw Fault.of(
            "the text must have at most %d bytes. Given: %d"
                .formatted(limits.outputBytes(), bytes));
      }
      return new ChatText(shown.text(), shown.origin());
    } catch (Fault e) {
      String message =
          e.isRaised()
              ? e.reason()
              : "The chat template failed at line %d: %s"
                  .formatted(render.meter().line(), e.reason());
      throw new LorikeetException(ErrorCode.CHAT_TEMPLATE_FAILED, message, e);
    }
  }

  private Scope scope(TemplateInput input, Conversation conversation, Render render) {
    JsonValues values = new JsonValues(render.meter());
    Scope variables = Scope.root();
    Globals.define(variables);
    List<Value> messages = new ArrayList<>();
    conversation.messages().forEach(m -> messages.add(values.message(m)));
    variables.set("messages", Value.list(messages));
    variables.set("tools", input.tools().map(values::of).orElse(Value.NONE));
    variables.set("documents", input.documents().map(values::of).orElse(Value.NONE));
    variables.set("add_generation_prompt", Value.of(input.addGenerationPrompt()));
    input.specialTokens().forEach((name, token) -> variables.set(name, Value.literal(token)));
    input.variables().forEach((name, value) -> variables.set(name, values.of(value)));
    Scope scope = variables.inner();
    scope.set("self", new Value.Hosted(new Blocks(blocks, render.runner()::block)));
    return scope;
  }
}
