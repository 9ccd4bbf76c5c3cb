package io.lorikeet.actors;

/** Work on text that no model is needed for. */
public sealed interface TextTask {
  /** The tokens of a text. */
  record Encode(String text, boolean addSpecialTokens) implements TextTask {}

  /**
   * The tokens of a chat's text.
   *
   * @param addSpecialTokens templates write special tokens themselves, so usually false
   */
  record EncodeChat(Prompt.Chat chat, boolean addSpecialTokens) implements TextTask {}

  /** The text of tokens, special ones included. The ids are not written after construction. */
  record Decode(int[] ids) implements TextTask {}

  /** The text of a chat. */
  record Render(Prompt.Chat chat) implements TextTask {}
}
