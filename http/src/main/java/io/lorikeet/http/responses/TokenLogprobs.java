package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.actors.GenerationEvent.Alternative;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import java.util.List;

/** Log probabilities of an {@code output_text}. */
final class TokenLogprobs {
  // JSON has no infinity; the same stand-in as in chats.
  private static final float LEAST = -9999f;

  private TokenLogprobs() {}

  /** Adds one entry for each token. */
  static void add(ArrayNode logprobs, List<TokenPiece> tokens) {
    for (TokenPiece token : tokens) {
      ObjectNode entry = logprobs.addObject();
      put(entry, token.text(), token.logprob(), token.bytes());
      ArrayNode top = entry.putArray("top_logprobs");
      for (Alternative other : token.alternatives()) {
        put(top.addObject(), other.text(), other.logprob(), other.bytes());
      }
    }
  }

  private static void put(ObjectNode entry, String text, float logprob, byte[] bytes) {
    entry.put("token", text).put("logprob", Math.max(logprob, LEAST));
    ArrayNode octets = entry.putArray("bytes");
    for (byte octet : bytes) {
      octets.add(octet & 0xff);
    }
  }
}
