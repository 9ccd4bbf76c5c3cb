package io.lorikeet.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ids and tokens of a tokenizer.json, in both directions. Immutable. */
final class Vocabulary {
  private final @Nullable String[] tokens;
  private final Map<String, Integer> ids;
  private final Set<String> added;
  private final Set<String> special;
  private final Set<String> normalized;
  private final Optional<String> unknown;

  private Vocabulary(Builder builder) {
    this.tokens = builder.tokens;
    this.ids = builder.ids;
    this.added = Set.copyOf(builder.added);
    this.special = Set.copyOf(builder.special);
    this.normalized = Set.copyOf(builder.normalized);
    this.unknown = builder.unknown();
  }

  private Vocabulary(Vocabulary origin, @Nullable String[] tokens) {
    this.tokens = tokens;
    this.ids = origin.ids;
    this.added = origin.added;
    this.special = origin.special;
    this.normalized = origin.normalized;
    this.unknown = origin.unknown;
  }

  /** The same vocabulary with other texts for the tokens of some ids; {@link #id} stays. */
  Vocabulary respelled(Map<Integer, String> texts) {
    @Nullable String[] all = tokens.clone();
    texts.forEach((id, text) -> all[id] = text);
    return new Vocabulary(this, all);
  }

  /** Number of different tokens. */
  int size() {
    return ids.size();
  }

  /**
   * UTF-8 bytes of the longest token as the file writes it; no less than the text that it stands
   * for.
   */
  int longestTokenBytes() {
    int longest = 0;
    for (String token : tokens) {
      if (token != null) {
        longest = Math.max(longest, token.getBytes(StandardCharsets.UTF_8).length);
      }
    }
    return longest;
  }

  /** One more than the largest id. */
  int idBound() {
    return tokens.length;
  }

  Optional<String> token(int id) {
    return id < 0 || id >= tokens.length ? Optional.empty() : Optional.ofNullable(tokens[id]);
  }

  /** The id of every token. */
  Map<String, Integer> ids() {
    return Collections.unmodifiableMap(ids);
  }

  OptionalInt id(String token) {
    Integer id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** Whether decoding leaves the token out when special tokens are skipped. */
  boolean isSpecial(String token) {
    return special.contains(token);
  }

  /** Whether the model gives this token for what it has no token for. */
  boolean isUnknown(String token) {
    return unknown.filter(token::equals).isPresent();
  }

  /** Whether the token is cut out of a text before the model sees the rest. */
  boolean isAdded(String token) {
    return added.contains(token);
  }

  /** Tokens that are cut out of a text before the model sees the rest. */
  Set<String> added() {
    return added;
  }

  /** Added tokens that are looked for in the normalized text, in their normalized form. */
  Set<String> normalized() {
    return normalized;
  }

  static final class Builder {
    private final int idLimit;
    private @Nullable String[] tokens = new String[0];
    private final Map<String, Integer> ids = new HashMap<>();
    private final Set<String> added = new HashSet<>();
    private final Set<String> special = new HashSet<>();
    private final Set<String> normalized = new HashSet<>();
    private JsonNode unknown = MissingNode.getInstance();

    Builder(int idLimit) {
      this.idLimit = idLimit;
    }

    /** A token of the model. */
    void token(String token, long id) {
      if (id >= 0 && id < tokens.length && tokens[(int) id] != null) {
        throw new LorikeetException(
            ErrorCode.MODEL_TOKENIZER_INVALID,
            "tokenizer.json: a token id must be of one token. Given: %d".formatted(id));
      }
      put(token, id);
    }

    private void put(String token, long id) {
      if (id < 0 || id >= idLimit) {
        throw new LorikeetException(
            ErrorCode.MODEL_TOKENIZER_INVALID,
            "tokenizer.json: a token id must be >= 0 and < %d. Given: %d".formatted(idLimit, id));
      }
      if (id >= tokens.length) {
        int room = (int) Math.min(idLimit, Math.max(id + 1, tokens.length * 2L));
        tokens = Arrays.copyOf(tokens, room);
      }
      tokens[(int) id] = token;
      ids.put(token, (int) id);
    }

    /** An added token; it stands before a token of the model with the same id or text. */
    void added(String token, long id, boolean isSpecial, boolean isNormalized) {
      put(token, id);
      added.add(token);
      if (isSpecial) {
        special.add(token);
      }
      if (isNormalized) {
        normalized.add(token);
      }
    }

    /** A field of the model that may name its token for the unknown: by text, or by its id. */
    void unknown(String field, JsonNode value) {
      if ((field.equals("unk_token") || field.equals("unk_id")) && !value.isNull()) {
        unknown = value;
      }
    }

    private Optional<String> unknown() {
      return unknown.canConvertToInt() && unknown.intValue() >= 0
          ? Optional.ofNullable(
              unknown.intValue() < tokens.length ? tokens[unknown.intValue()] : null)
          : Optional.ofNullable(unknown.textValue());
    }

    Vocabulary build() {
      int bound = tokens.length;
      while (bound > 0 && tokens[bound - 1] == null) {
        bound--;
      }
      tokens = Arrays.copyOf(tokens, bound);
      return new Vocabulary(this);
    }
  }
}
