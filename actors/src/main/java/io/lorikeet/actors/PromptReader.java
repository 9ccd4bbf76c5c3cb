package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.Tokenizer;
import java.util.Optional;

/**
 * Prompts to token ids. Does not know how many the context holds.
 *
 * @param vocabSize ids must be smaller than this
 */
record PromptReader(Optional<Tokenizer> tokenizer, Optional<ChatRenderer> chats, int vocabSize) {
  /**
   * The ids of a prompt, a fresh array with at least one.
   *
   * @throws LorikeetException REQUEST_INVALID, TOKENIZER_MISSING, CHAT_TEMPLATE_*
   */
  int[] read(Prompt prompt) {
    int[] ids =
        switch (prompt) {
          case Prompt.Ids given -> given.ids().clone();
          case Prompt.Text(String text) -> need("a text prompt").encode(text, true);
          case Prompt.Chat chat -> chat(chat);
        };
    if (ids.length == 0) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "the prompt must have at least one token. Given: 0");
    }
    for (int id : ids) {
      if (id < 0 || id >= vocabSize) {
        throw new LorikeetException(
            ErrorCode.REQUEST_INVALID,
            "token ids must be >= 0 and < %d. Given: %d".formatted(vocabSize, id));
      }
    }
    return ids;
  }

  // A template writes the special tokens itself.
  private int[] chat(Prompt.Chat chat) {
    Tokenizer tokens = need("a chat");
    ChatRenderer renderer =
        chats.orElseThrow(() ->
            new LorikeetException(
                ErrorCode.CHAT_TEMPLATE_MISSING,
                "the model folder has no chat template; ask for a completion instead"));
    return tokens.encode(renderer.render(chat), false);
  }

  private Tokenizer need(String what) {
    return tokenizer.orElseThrow(() ->
        new LorikeetException(
            ErrorCode.TOKENIZER_MISSING,
            what
                + " needs a tokenizer, and the model folder has no tokenizer.json; send token ids"));
  }
}
