package io.lorikeet.actors;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.sample.SamplingParams;
import io.lorikeet.engine.text.TokenSpans;
import io.lorikeet.engine.text.Tokenizer;
import io.lorikeet.engine.text.template.ChatText;
import java.util.Arrays;
import java.util.Optional;

/**
 * Prompts to token ids. Tokenising a text of megabytes takes a minute, so one that can't fit is
 * refused before; whether its ids fit is not known here.
 *
 * @param contextMax tokens that the context holds
 * @param vocabSize ids must be smaller than this
 */
record PromptReader(
    Optional<Tokenizer> tokenizer, Optional<ChatRenderer> chats, int contextMax, int vocabSize) {
  /**
   * The ids of a prompt, a fresh array with at least one.
   *
   * @throws LorikeetException REQUEST_INVALID, CONTEXT_LENGTH_EXCEEDED, TOKENIZER_MISSING,
   *     CHAT_TEMPLATE_*
   */
  int[] read(Prompt prompt) {
    int[] ids = ids(prompt);
    if (ids.length == 0) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID, "the prompt must have at least one token. Given: 0");
    }
    checkIds(ids);
    return ids;
  }

  /**
   * The request with the tokens of its bad words banned.
   *
   * @throws LorikeetException TOKENIZER_MISSING
   */
  Generation withBannedTokens(Generation generation) {
    if (generation.badWords().isEmpty()) {
      return generation;
    }
    SamplingParams sampling = generation.sampling();
    return generation.withSampling(
        sampling.withRules(
            BadWords.join(sampling.rules(), generation.badWords(), need("`bad_words`"))));
  }

  /**
   * Where the tokens of a text stand in it.
   *
   * @throws LorikeetException as {@link #read}
   */
  TokenSpans spans(String text, boolean addSpecialTokens) {
    Tokenizer tokens = need("a text");
    checkFits(tokens, text);
    return tokens.encodeWithSpans(text, addSpecialTokens);
  }

  /**
   * The text of a chat.
   *
   * @throws LorikeetException CHAT_TEMPLATE_*
   */
  ChatText render(Prompt.Chat chat) {
    return renderer().write(chat);
  }

  /**
   * Where the tokens of a chat's text stand in it.
   *
   * @throws LorikeetException as {@link #read}
   */
  TokenSpans spans(ChatText chat, boolean addSpecialTokens) {
    checkFits(need("a chat"), chat.text());
    return renderer().encode(chat, addSpecialTokens);
  }

  private ChatRenderer renderer() {
    return chats.orElseThrow(() ->
        new LorikeetException(
            ErrorCode.CHAT_TEMPLATE_MISSING,
            "the model folder has no chat template; ask for a completion instead"));
  }

  /**
   * Holds ids to what a prompt may have.
   *
   * @throws LorikeetException REQUEST_INVALID, CONTEXT_LENGTH_EXCEEDED
   */
  void check(int[] ids) {
    if (ids.length > contextMax) {
      throw new LorikeetException(
          ErrorCode.CONTEXT_LENGTH_EXCEEDED,
          "at most %d tokens may be decoded at once, as many as the context holds. Given: %d"
              .formatted(contextMax, ids.length));
    }
    checkIds(ids);
  }

  private void checkIds(int[] ids) {
    for (int id : ids) {
      if (id < 0 || id >= vocabSize) {
        throw new LorikeetException(
            ErrorCode.REQUEST_INVALID,
            "token ids must be >= 0 and < %d. Given: %d".formatted(vocabSize, id));
      }
    }
  }

  private int[] ids(Prompt prompt) {
    return switch (prompt) {
      case Prompt.Ids given -> given.ids().clone();
      case Prompt.Text(String text) -> encode(need("a text prompt"), text, true);
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
    need("a chat");
    return spans(render(chat), false).ids();
  }

  private int[] encode(Tokenizer tokens, String text, boolean addSpecialTokens) {
    checkFits(tokens, text);
    return tokens.encode(text, addSpecialTokens);
  }

  private void checkFits(Tokenizer tokens, String text) {
    long most = (long) contextMax * tokens.longestTokenBytes();
    long bytes = utf8Bytes(text);
    if (bytes > most) {
      throw new LorikeetException(
          ErrorCode.CONTEXT_LENGTH_EXCEEDED,
          "the prompt must have at most %d bytes, as many as %d tokens of the longest kind. Given: %d"
              .formatted(most, contextMax, bytes));
    }
  }

  private static long utf8Bytes(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Both halves of a pair count two.
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }

  private Tokenizer need(String what) {
    return tokenizer.orElseThrow(() ->
        new LorikeetException(
            ErrorCode.TOKENIZER_MISSING,
            what
                + " needs a tokenizer, and the model folder has no tokenizer.json; send token ids"));
  }
}
