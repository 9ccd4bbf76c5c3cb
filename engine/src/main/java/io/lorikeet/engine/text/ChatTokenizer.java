package io.lorikeet.engine.text;

import io.lorikeet.engine.text.template.ChatText;
import io.lorikeet.engine.text.template.Origin;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rendered chats to token ids: a control token is one only where the template itself wrote it.
 * Spelled in a message, a name or a tool's result it is plain text, so that nobody can end a turn
 * or begin another one from within. Control tokens are the special ones, and those added tokens of
 * signs that the template's source spells, such as {@code <tool_call>}; what is left, such as a
 * token for a blank line or the one for the unknown, is everybody's.
 *
 * <p>Safe for use by many threads; after {@link #close()}, or that of the text model, calls fail.
 */
public final class ChatTokenizer implements AutoCloseable {
  private final Tokenizer plain;
  private final Source source;
  private final Set<String> controls = new HashSet<>();
  private final Set<Integer> controlIds = new HashSet<>();
  private @Nullable GuardedTokenizer guarded;

  /**
   * What a second native tokenizer is made of, should one be needed.
   *
   * @param json tokenizer.json in UTF-8
   */
  record Source(byte[] json, TokenizerJson read, AffixTokens affixes, TextLimits limits) {
    static Source of(String json, TokenizerJson read, AffixTokens affixes, TextLimits limits) {
      return new Source(json.getBytes(StandardCharsets.UTF_8), read, affixes, limits);
    }

    Vocabulary vocabulary() {
      return read.vocabulary();
    }
  }

  ChatTokenizer(Tokenizer plain, Source source, String template) {
    this.plain = plain;
    this.source = source;
    for (String token : source.vocabulary().added()) {
      boolean special = source.vocabulary().isSpecial(token);
      if (!source.vocabulary().isUnknown(token)
          && (special || (hasSigns(token) && template.contains(token)))) {
        controls.add(token);
        controlIds.add(source.vocabulary().id(token).orElseThrow());
      }
    }
  }

  private static boolean hasSigns(String token) {
    return !token.codePoints().allMatch(c -> Character.isLetterOrDigit(c) || isSpace(c));
  }

  private static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u2581';
  }

  /**
   * The ids of a chat, never truncated or padded.
   *
   * @param addSpecialTokens whether the model's own begin and end tokens are put around the text
   * @throws io.lorikeet.engine.error.LorikeetException as {@link Tokenizer#encode}; REQUEST_INVALID
   *     for a text that spells control tokens and holds the noncharacter U+FDD0 as well
   */
  public int[] encode(ChatText text, boolean addSpecialTokens) {
    return text.origin().isTemplate()
        ? plain.encode(text.text(), addSpecialTokens)
        : encodeWithSpans(text, addSpecialTokens).ids();
  }

  /**
   * As {@link #encode}, with the place of each token in the text.
   *
   * @throws io.lorikeet.engine.error.LorikeetException as {@link #encode}
   */
  public TokenSpans encodeWithSpans(ChatText text, boolean addSpecialTokens) {
    TokenSpans spans = plain.encodeWithSpans(text.text(), addSpecialTokens);
    return isSafe(text, spans) ? spans : guarded().encode(text, addSpecialTokens);
  }

  /** Whether all control tokens that were found stand where the template wrote them. */
  private boolean isSafe(ChatText chat, TokenSpans spans) {
    String text = chat.text();
    int codePoint = 0;
    int index = 0;
    for (int i = 0; i < spans.ids().length; i++) {
      if (!controlIds.contains(spans.ids()[i]) || spans.starts()[i] == spans.ends()[i]) {
        continue;
      }
      if (spans.starts()[i] < codePoint) {
        codePoint = 0;
        index = 0;
      }
      int from = text.offsetByCodePoints(index, spans.starts()[i] - codePoint);
      int to = text.offsetByCodePoints(from, spans.ends()[i] - spans.starts()[i]);
      codePoint = spans.starts()[i];
      index = from;
      if (!isTemplate(chat.origin(), text, from, to)) {
        return false;
      }
    }
    return true;
  }

  // Some tokens swallow the white space around them, whoever wrote it.
  private static boolean isTemplate(Origin origin, String text, int from, int to) {
    int begin = from;
    int end = to;
    while (begin < end && Character.isWhitespace(text.charAt(begin))) {
      begin++;
    }
    while (end > begin && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    return origin.isTemplate(begin, end);
  }

  // Most servers never see such a text, and the second tokenizer is as large as the first.
  private synchronized GuardedTokenizer guarded() {
    GuardedTokenizer open = guarded;
    if (open == null) {
      open = GuardedTokenizer.open(source, controls);
      guarded = open;
    }
    return open;
  }

  @Override
  public synchronized void close() {
    if (guarded != null) {
      guarded.close();
    }
  }
}
