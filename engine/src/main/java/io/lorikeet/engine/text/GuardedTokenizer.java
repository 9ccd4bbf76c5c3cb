package io.lorikeet.engine.text;

import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.text.template.ChatText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A tokenizer in which control tokens have other names, so that no text spells one by chance or
 * intent, neither as an added token nor as a piece of the model's vocabulary. Where the template
 * wrote a control token, its text is replaced by that name before it is encoded; everything else of
 * the file is as it was, so all other ids are those of the model's own tokenizer.
 */
final class GuardedTokenizer implements AutoCloseable {
  // Noncharacters: no interchange of text needs them, and no normalization makes or changes them.
  private static final char OPEN = '\ufdd0';
  private static final char CLOSE = '\ufdd1';

  private final DjlTokenizer tokenizer;
  private final Vocabulary vocabulary;
  private final Set<String> controls;
  private final boolean prefixes;
  // Control tokens that the library may overlook under their names: normalized, or single words.
  private final Set<String> fragile = new HashSet<>();
  // Tokens by their first UTF-16 unit, the longest first.
  private final Map<Character, List<String>> byStart = new HashMap<>();

  private GuardedTokenizer(
      DjlTokenizer tokenizer, ChatTokenizer.Source source, Set<String> controls) {
    this.tokenizer = tokenizer;
    this.vocabulary = source.vocabulary();
    this.controls = controls;
    this.prefixes = putsSpaceInFront(tokenizer, vocabulary);
    Map<String, String> flags = source.read().rules().addedFlags();
    for (String token : vocabulary.added()) {
      if (token.isEmpty()) {
        continue;
      }
      byStart.computeIfAbsent(token.charAt(0), _ -> new ArrayList<>()).add(token);
      String found = flags.getOrDefault(token, "");
      if (found.contains("normalized") || found.contains("single_word")) {
        fragile.add(token);
      }
    }
    byStart
        .values()
        .forEach(tokens -> tokens.sort(Comparator.comparingInt(String::length).reversed()));
  }

  /**
   * Opens a second native tokenizer.
   *
   * @param controls added tokens that only a template may write
   */
  static GuardedTokenizer open(ChatTokenizer.Source source, Set<String> controls) {
    Map<String, String> names = new HashMap<>();
    for (String token : controls) {
      names.put(token, name(source.vocabulary().id(token).orElseThrow()));
    }
    String json =
        RenamedTokens.rewrite(
            new String(source.json(), StandardCharsets.UTF_8), names, source.limits());
    Vocabulary renamed = TokenizerJson.read(json, source.limits()).vocabulary();
    return new GuardedTokenizer(
        DjlTokenizer.open(json, renamed, source.affixes()), source, Set.copyOf(controls));
  }

  private static boolean putsSpaceInFront(DjlTokenizer tokenizer, Vocabulary vocabulary) {
    int[] ids = tokenizer.encode("<", false);
    String first = ids.length == 0 ? "" : vocabulary.token(ids[0]).orElse("");
    return first.startsWith("\u2581") || first.startsWith("\u0120");
  }

  private static String name(int id) {
    return OPEN + Integer.toString(id) + CLOSE;
  }

  /**
   * Ids and places in the text as it was given.
   *
   * @throws LorikeetException REQUEST_INVALID if the text holds the noncharacter U+FDD0
   */
  TokenSpans encode(ChatText chat, boolean addSpecialTokens) {
    if (chat.text().indexOf(OPEN) >= 0) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "a message that spells control tokens must not hold the noncharacter U+FDD0");
    }
    Renamed all = renamed(chat, Set.of());
    TokenSpans spans = encode(all, addSpecialTokens);
    if (controlsAt(spans) != all.replaced.size()) {
      all = renamed(chat, fragile);
      spans = encode(all, addSpecialTokens);
      if (controlsAt(spans) != all.replaced.size()) {
        throw new LorikeetException(
            ErrorCode.INTERNAL, "the control tokens of a chat can't be told from its text");
      }
    }
    return all.back(spans);
  }

  /**
   * A spelled control token is encoded by itself, as transformers does it: nothing of it grows
   * together with what stands beside it. Not where each piece would get a space in front.
   */
  private TokenSpans encode(Renamed all, boolean addSpecialTokens) {
    if (addSpecialTokens || prefixes || all.cuts.isEmpty()) {
      return tokenizer.encodeWithSpans(all.text, addSpecialTokens);
    }
    List<TokenSpans> pieces = new ArrayList<>();
    int from = 0;
    int shift = 0;
    for (int i = 0; i <= all.cuts.size(); i++) {
      int to = i < all.cuts.size() ? all.cuts.get(i) : all.text.length();
      pieces.add(shifted(tokenizer.encodeWithSpans(all.text.substring(from, to), false), shift));
      shift += all.text.codePointCount(from, to);
      from = to;
    }
    return new TokenSpans(
        pieces.stream().flatMapToInt(p -> IntStream.of(p.ids())).toArray(),
        pieces.stream().flatMapToInt(p -> IntStream.of(p.starts())).toArray(),
        pieces.stream().flatMapToInt(p -> IntStream.of(p.ends())).toArray());
  }

  private static TokenSpans shifted(TokenSpans spans, int shift) {
    return new TokenSpans(
        spans.ids(),
        IntStream.of(spans.starts()).map(s -> s + shift).toArray(),
        IntStream.of(spans.ends()).map(e -> e + shift).toArray());
  }

  /** How many tokens stand for control tokens in the text; those put around it do not count. */
  private long controlsAt(TokenSpans spans) {
    return IntStream.range(0, spans.ids().length)
        .filter(i -> spans.starts()[i] < spans.ends()[i])
        .filter(i -> vocabulary.token(spans.ids()[i]).filter(controls::contains).isPresent())
        .count();
  }

  /** The text with names in it. */
  private Renamed renamed(ChatText chat, Set<String> leftOut) {
    String text = chat.text();
    StringBuilder out = new StringBuilder(text.length() + 64);
    List<int[]> replaced = new ArrayList<>();
    List<Integer> cuts = new ArrayList<>();
    Set<Integer> ends = new HashSet<>();
    int at = 0;
    while (at < text.length()) {
      String token = tokenAt(chat, at);
      String spelled = token.isEmpty() ? spelledAt(chat, at) : "";
      if (at > 0 && (!spelled.isEmpty() || ends.contains(at))) {
        cuts.add(out.length());
      }
      ends.add(at + spelled.length());
      if (token.isEmpty() || !controls.contains(token) || leftOut.contains(token)) {
        int end = at + Math.max(1, token.length());
        out.append(text, at, end);
        at = end;
        continue;
      }
      int from = out.length();
      out.append(name(vocabulary.id(token).orElseThrow()));
      replaced.add(new int[] {from, out.length(), at, at + token.length()});
      at += token.length();
    }
    return new Renamed(out.toString(), text, replaced, cuts);
  }

  /** The longest added token that may stand here; nothing if there is none. */
  private String tokenAt(ChatText chat, int at) {
    for (String token : byStart.getOrDefault(chat.text().charAt(at), List.of())) {
      if (chat.text().startsWith(token, at)
          && (!controls.contains(token) || chat.origin().isTemplate(at, at + token.length()))) {
        return token;
      }
    }
    return "";
  }

  /** The longest control token that is spelled here by the request; nothing if there is none. */
  private String spelledAt(ChatText chat, int at) {
    for (String token : byStart.getOrDefault(chat.text().charAt(at), List.of())) {
      if (chat.text().startsWith(token, at) && controls.contains(token)) {
        return token;
      }
    }
    return "";
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  /**
   * A text with names, and what it was made of.
   *
   * @param replaced begin and end of each name here, and of its token in the original; UTF-16
   * @param cuts where spelled control tokens begin and end here, ascending
   */
  private record Renamed(String text, String original, List<int[]> replaced, List<Integer> cuts) {
    /** The same tokens with their places in the original, in code points. */
    TokenSpans back(TokenSpans spans) {
      int[] places = places();
      return new TokenSpans(
          spans.ids(),
          IntStream.of(spans.starts()).map(s -> places[s]).toArray(),
          IntStream.of(spans.ends()).map(e -> places[e]).toArray());
    }

    /** For each code point here the one there; for those inside a name its token's first. */
    private int[] places() {
      int[] places = new int[text.codePointCount(0, text.length()) + 1];
      int here = 0;
      int there = 0;
      int from = 0;
      int fromOriginal = 0;
      for (int[] r : replaced) {
        for (int plain = text.codePointCount(from, r[0]); plain > 0; plain--) {
          places[here++] = there++;
        }
        for (int inside = text.codePointCount(r[0], r[1]); inside > 0; inside--) {
          places[here++] = there;
        }
        there += original.codePointCount(r[2], r[3]);
        from = r[1];
        fromOriginal = r[3];
      }
      for (int rest = original.codePointCount(fromOriginal, original.length()); rest >= 0; rest--) {
        places[here++] = there++;
      }
      return places;
    }
  }
}
