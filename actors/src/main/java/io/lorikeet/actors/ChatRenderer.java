package io.lorikeet.actors;

import io.lorikeet.engine.text.TokenSpans;
import io.lorikeet.engine.text.template.ChatText;

/** Writes a chat as the text that the model was trained on. Safe for use by many threads. */
interface ChatRenderer {
  /**
   * The prompt's text, the model's own special tokens included.
   *
   * @throws io.lorikeet.engine.error.LorikeetException CHAT_TEMPLATE_INVALID, CHAT_TEMPLATE_FAILED
   */
  ChatText write(Prompt.Chat chat);

  /** As {@link #write}, the text alone. */
  default String render(Prompt.Chat chat) {
    return write(chat).text();
  }

  /**
   * The tokens of a text that it wrote.
   *
   * @param addSpecialTokens whether the model's own begin and end tokens are put around the text
   * @throws io.lorikeet.engine.error.LorikeetException REQUEST_INVALID
   */
  TokenSpans encode(ChatText text, boolean addSpecialTokens);

  /** What it can do with tools. */
  default Engine.ToolUse tools() {
    return Engine.ToolUse.NONE;
  }
}
