package io.lorikeet.http.lorax;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.Alternative;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.FinishReason;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.actors.GenerationEvent.PromptRead;
import io.lorikeet.actors.GenerationEvent.TokenPiece;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.generation.AnswerWriter;
import io.lorikeet.http.generation.Collected;
import io.lorikeet.http.generation.Frames;
import io.lorikeet.http.json.Json;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Bodies and events of LoRAX's routes. A stream has one event per token, and the last token's event
 * carries the whole text; so an event whose token may be the last one (the count is reached, a stop
 * string is complete, or the token is special as end tokens are) waits for the event after it.
 */
final class GenerateWriter implements AnswerWriter {
  /** JSON has no infinity. */
  private static final float LEAST = -9999f;

  private static final TokenPiece NO_TOKEN = new TokenPiece(0, "", new byte[0], true, 0, List.of());

  private final GenerateForm form;
  private final StringBuilder text = new StringBuilder();
  private int tokens;
  private Optional<TokenPiece> held = Optional.empty();

  GenerateWriter(GenerateForm form) {
    this.form = form;
  }

  @Override
  public void frames(Frames frames, GenerationEvent event) {
    switch (event) {
      case PromptRead _ -> {}
      case Piece piece -> {
        text.append(piece.text());
        for (TokenPiece token : piece.tokens()) {
          held.ifPresent(last -> addToken(frames, last));
          held = Optional.empty();
          tokens++;
          if (tokens == form.tokensMax() || token.special() || endsWithStop()) {
            held = Optional.of(token);
          } else {
            addToken(frames, token);
          }
        }
      }
      case ChoiceEnded ended -> {
        TokenPiece last = held.orElse(NO_TOKEN);
        held = Optional.empty();
        frames.add(json -> writeLast(json, last, ended));
      }
      case Completed _ -> {}
      case Failed failed -> {
        held.ifPresent(last -> addToken(frames, last));
        frames.add(Family.LORAX.body(Family.LORAX.problem(failed.code(), failed.message())));
      }
    }
  }

  /**
   * {@inheritDoc}
   *
   * @param answer the best candidate first; the others stand in its details
   */
  @Override
  public byte[] whole(Collected answer) {
    Collected.Choice best = answer.choices().getFirst();
    return Json.bytes(json -> {
      json.writeStartObject();
      json.writeStringField("generated_text", form.fullTextPrefix() + best.text());
      if (form.details()) {
        json.writeObjectFieldStart("details");
        writeCounts(json, best.index(), best.finish(), best.completionTokens(), true);
        json.writeNumberField("skipped_tokens", 0);
        writeTokens(json, answer, best);
        if (answer.choices().size() > 1) {
          json.writeArrayFieldStart("best_of_sequences");
          for (Collected.Choice other : answer.choices().subList(1, answer.choices().size())) {
            writeOther(json, answer, other);
          }
          json.writeEndArray();
        }
        json.writeEndObject();
      }
      json.writeEndObject();
    });
  }

  private void writeOther(JsonGenerator json, Collected answer, Collected.Choice other)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("generated_text", form.fullTextPrefix() + other.text());
    writeCounts(json, other.index(), other.finish(), other.completionTokens(), false);
    writeTokens(json, answer, other);
    json.writeEndObject();
  }

  private static void writeTokens(JsonGenerator json, Collected answer, Collected.Choice choice)
      throws IOException {
    json.writeArrayFieldStart("prefill");
    for (PromptRead prompt : answer.prompts()) {
      for (TokenPiece token : prompt.tokens()) {
        writePrefill(json, token);
      }
    }
    json.writeEndArray();
    json.writeArrayFieldStart("tokens");
    for (TokenPiece token : choice.tokens()) {
      writeToken(json, token);
    }
    json.writeEndArray();
  }

  private static void writePrefill(JsonGenerator json, TokenPiece token) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", token.id());
    json.writeStringField("text", token.text());
    json.writeFieldName("logprob");
    if (Float.isNaN(token.logprob())) {
      json.writeNull();
    } else {
      json.writeNumber(Math.max(token.logprob(), LEAST));
    }
    json.writeEndObject();
  }

  private boolean endsWithStop() {
    for (String stop : form.stop()) {
      if (text.length() >= stop.length()
          && text.indexOf(stop, text.length() - stop.length()) >= 0) {
        return true;
      }
    }
    return false;
  }

  private static void addToken(Frames frames, TokenPiece token) {
    frames.add(json -> {
      json.writeStartObject();
      json.writeFieldName("token");
      writeToken(json, token);
      json.writeNullField("generated_text");
      json.writeNullField("details");
      json.writeEndObject();
    });
  }

  private void writeLast(JsonGenerator json, TokenPiece token, ChoiceEnded ended)
      throws IOException {
    json.writeStartObject();
    json.writeFieldName("token");
    writeToken(json, token);
    json.writeStringField("generated_text", form.fullTextPrefix() + text);
    if (form.details()) {
      json.writeObjectFieldStart("details");
      writeCounts(json, ended.choice(), ended.reason(), ended.completionTokens(), true);
      json.writeEndObject();
    } else {
      json.writeNullField("details");
    }
    json.writeEndObject();
  }

  private void writeCounts(
      JsonGenerator json, int choice, FinishReason reason, int generated, boolean ofPrompt)
      throws IOException {
    json.writeStringField("finish_reason", finish(reason, generated));
    if (ofPrompt) {
      json.writeNumberField("prompt_tokens", form.promptTokens());
    }
    json.writeNumberField("generated_tokens", generated);
    json.writeFieldName("seed");
    if (form.seed().isPresent()) {
      json.writeRawValue(Long.toUnsignedString(form.seed().get() + choice));
    } else {
      json.writeNull();
    }
  }

  // LoRAX looks at the count before it looks at the token.
  private String finish(FinishReason reason, int generated) {
    return switch (reason) {
      case LENGTH -> "length";
      case STOP_STRING -> generated >= form.tokensMax() ? "length" : "stop_sequence";
      case STOP_TOKEN -> generated >= form.tokensMax() ? "length" : "eos_token";
    };
  }

  private static void writeToken(JsonGenerator json, TokenPiece token) throws IOException {
    json.writeStartObject();
    json.writeNumberField("id", token.id());
    json.writeStringField("text", token.text());
    json.writeNumberField("logprob", Math.max(token.logprob(), LEAST));
    json.writeBooleanField("special", token.special());
    json.writeBooleanField("skipped", false);
    if (!token.alternatives().isEmpty()) {
      json.writeArrayFieldStart("alternative_tokens");
      for (Alternative alternative : token.alternatives()) {
        json.writeStartObject();
        json.writeNumberField("id", alternative.id());
        json.writeStringField("text", alternative.text());
        json.writeNumberField("logprob", Math.max(alternative.logprob(), LEAST));
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
  }
}
