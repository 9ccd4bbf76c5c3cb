package io.lorikeet.actors;

/** Writes a chat as the text that the model was trained on. Safe for use by many threads. */
@FunctionalInterface
interface ChatRenderer {
  /**
   * The prompt's text, the model's own special tokens included.
   *
   * @throws io.lorikeet.engine.error.LorikeetException CHAT_TEMPLATE_INVALID, CHAT_TEMPLATE_FAILED
   */
  String render(Prompt.Chat chat);

  /** What it can do with tools. */
  default Engine.ToolUse tools() {
    return Engine.ToolUse.NONE;
  }
}
