package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.Tokenizer;
import java.util.Arrays;
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
    int[] ids = ids(prompt);
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

  private int[] ids(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Ids given -> given.ids().clone();
      case Prompt.Text(String text) -> need("a text prompt").encode(text, true);
      case Prompt.Chat chat -> chat(chat);
      case Prompt.Last(Prompt of, int tokens) -> last(of, tokens);
    };
  }

  private int[] last(Prompt of, int tokens) {
    int[] ids = ids(of);
    if (ids.length <= tokens) {
      return ids;
    }
    int kept = of instanceof Prompt.Text(String text) ? begin(ids, text) : 0;
    if (kept >= tokens) {
      return Arrays.copyOfRange(ids, ids.length - tokens, ids.length);
    }
    int[] last = Arrays.copyOf(ids, tokens);
    System.arraycopy(ids, ids.length - tokens + kept, last, kept, tokens - kept);
    return last;
  }

  /** Tokens that the tokenizer put in front of the text. */
  private int begin(int[] ids, String text) {
    int[] plain = need("a text prompt").encode(text, false);
    for (int begin = 0; begin + plain.length <= ids.length; begin++) {
      if (Arrays.equals(ids, begin, begin + plain.length, plain, 0, plain.length)) {
        return begin;
      }
    }
    return 0;
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
