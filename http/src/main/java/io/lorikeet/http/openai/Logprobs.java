package io.lorikeet.http.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.GenerationEvent.Alternative;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Log probabilities in the forms of both routes. */
final class Logprobs {
  /** JSON has no infinity; vLLM's stand-in for it. */
  private static final float LEAST = -9999f;

  private Logprobs() {}

  /** The value of chat's {@code logprobs}. */
  static void writeChat(JsonGenerator json, List<TokenPiece> tokens) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("content");
    for (TokenPiece token : tokens) {
      json.writeStartObject();
      writeToken(json, token.text(), token.logprob(), token.bytes());
      json.writeArrayFieldStart("top_logprobs");
      for (Alternative alternative : token.alternatives()) {
        json.writeStartObject();
        writeToken(json, alternative.text(), alternative.logprob(), alternative.bytes());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNullField("refusal");
    json.writeEndObject();
  }

  /**
   * The value of completions' {@code logprobs}. A prompt's first token has none.
   *
   * @param offset characters (code points) of the answer before these tokens
   * @return characters after them
   */
  static int writeCompletion(JsonGenerator json, List<TokenPiece> tokens, int offset)
      throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("tokens");
    for (TokenPiece token : tokens) {
      json.writeString(token.text());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("token_logprobs");
    for (TokenPiece token : tokens) {
      if (Float.isNaN(token.logprob())) {
        json.writeNull();
      } else {
        json.writeNumber(finite(token.logprob()));
      }
    }
    json.writeEndArray();
    json.writeArrayFieldStart("top_logprobs");
    for (TokenPiece token : tokens) {
      if (Float.isNaN(token.logprob())) {
        json.writeNull();
      } else {
        writeTop(json, token);
      }
    }
    json.writeEndArray();
    json.writeArrayFieldStart("text_offset");
    int next = offset;
    for (TokenPiece token : tokens) {
      json.writeNumber(next);
      next += token.special() ? 0 : token.text().codePointCount(0, token.text().length());
    }
    json.writeEndArray();
    json.writeEndObject();
    return next;
  }

  /**
   * Writes vLLM's field {@code prompt_logprobs}: per token an object by id, its own id first; null
   * for the first token, which nothing stands before.
   *
   * @param top alternatives of each token
   */
  static void writePrompt(JsonGenerator json, List<TokenPiece> tokens, int top) throws IOException {
    json.writeArrayFieldStart("prompt_logprobs");
    for (TokenPiece token : tokens) {
      if (Float.isNaN(token.logprob())) {
        json.writeNull();
      } else {
        json.writeStartObject();
        writeRanked(json, token.id(), token.logprob(), token.rank(), token.text());
        List<Alternative> others = token.withAlternatives(top).alternatives();
        for (int i = 0; i < others.size(); i++) {
          Alternative other = others.get(i);
          if (other.id() != token.id()) {
            writeRanked(json, other.id(), other.logprob(), i + 1, other.text());
          }
        }
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  private static void writeRanked(JsonGenerator json, int id, float logprob, int rank, String text)
      throws IOException {
    json.writeObjectFieldStart("" + id);
    json.writeNumberField("logprob", finite(logprob));
    json.writeNumberField("rank", rank);
    json.writeStringField("decoded_token", text);
    json.writeEndObject();
  }

  // The drawn token is always among them. Tokens may share a text, and JSON has every key once: the
  // likeliest stays.
  private static void writeTop(JsonGenerator json, TokenPiece token) throws IOException {
    Set<String> written = new HashSet<>();
    boolean drawn = token.alternatives().stream().anyMatch(top -> top.id() == token.id());
    json.writeStartObject();
    for (Alternative alternative : token.alternatives()) {
      if (written.add(alternative.text())) {
        json.writeNumberField(alternative.text(), finite(alternative.logprob()));
      }
    }
    if (!drawn && written.add(token.text())) {
      json.writeNumberField(token.text(), finite(token.logprob()));
    }
    json.writeEndObject();
  }

  private static void writeToken(JsonGenerator json, String text, float logprob, byte[] bytes)
      throws IOException {
    json.writeStringField("token", text);
    json.writeNumberField("logprob", finite(logprob));
    json.writeArrayFieldStart("bytes");
    for (byte b : bytes) {
      json.writeNumber(b & 0xff);
    }
    json.writeEndArray();
  }

  private static float finite(float logprob) {
    return Math.max(logprob, LEAST);
  }
}
