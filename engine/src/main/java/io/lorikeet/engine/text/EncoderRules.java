package io.lorikeet.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * What decides beside the vocabulary which ids a text gets, so that two files can be compared.
 *
 * @param modelHash over merges or scores and the model's other fields, however they are written
 * @param addedFlags how each added token is looked for, by its text
 * @param normalizer as in the file
 * @param preTokenizer as in the file
 */
record EncoderRules(
    String modelHash, Map<String, String> addedFlags, JsonNode normalizer, JsonNode preTokenizer) {
  static final class Builder {
    private final MessageDigest digest = sha256();
    private final Map<String, String> fields = new TreeMap<>();
    private final Map<String, String> addedFlags = new HashMap<>();
    JsonNode normalizer = NullNode.getInstance();
    JsonNode preTokenizer = NullNode.getInstance();

    /** A merge as a string, its halves divided by a space: the older form. */
    void merge(String halves) {
      int space = halves.indexOf(' ');
      merge(halves.substring(0, Math.max(0, space)), halves.substring(space + 1));
    }

    void merge(String left, String right) {
      text(left);
      text(right);
    }

    void score(double score) {
      digest.update(ByteBuffer.allocate(Double.BYTES).putDouble(0, score));
    }

    /** Another field of the model; null and false are what an absent one is. */
    void field(String name, JsonNode value) {
      if (!value.isNull() && !(value.isBoolean() && !value.booleanValue())) {
        fields.put(name, value.toString());
      }
    }

    void added(String content, JsonNode token) {
      StringBuilder flags = new StringBuilder();
      for (String name : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
        flags.append(token.path(name).asBoolean() ? name + " " : "");
      }
      addedFlags.put(content, flags.toString());
    }

    private void text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      // The length first: otherwise text could move from one half to the other unseen.
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
      digest.update(bytes);
    }

    EncoderRules build() {
      text(fields.toString());
      return new EncoderRules(
          HexFormat.of().formatHex(digest.digest()),
          Map.copyOf(addedFlags),
          normalizer,
          preTokenizer);
    }

    private static MessageDigest sha256() {
      try {
        return MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every JDK has SHA-256", e);
      }
    }
  }
}
