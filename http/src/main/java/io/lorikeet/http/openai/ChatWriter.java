package io.lorikeet.http.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.actors.GenerationEvent.ChoiceEnded;
import io.lorikeet.actors.GenerationEvent.Completed;
import io.lorikeet.actors.GenerationEvent.Failed;
import io.lorikeet.actors.GenerationEvent.Piece;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.generation.AnswerWriter;
import io.lorikeet.http.generation.Collected;
import io.lorikeet.http.generation.Frames;
import io.lorikeet.http.json.Json;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** Bodies and events of {@code /v1/chat/completions}. */
final class ChatWriter implements AnswerWriter {
  private final Envelope envelope;
  private final ReplyForm form;
  private final int[] promptIds;
  private final BitSet begun = new BitSet();

  ChatWriter(Envelope envelope, ReplyForm form, int[] promptIds) {
    this.envelope = envelope;
    this.form = form;
    this.promptIds = promptIds;
  }

  @Override
  public void frames(Frames frames, GenerationEvent event) {
    switch (event) {
      case GenerationEvent.PromptRead _ -> {}
      case Piece piece -> {
        begin(frames, piece.choice());
        if (!piece.text().isEmpty() || form.tokenIds() || form.logprobs()) {
          frames.add(json -> writePiece(json, piece));
        }
      }
      case ChoiceEnded ended -> {
        begin(frames, ended.choice());
        frames.add(json -> writeEnd(json, ended));
      }
      case Completed(int promptTokens, int completionTokens) -> {
        if (form.includeUsage()) {
          frames.add(json -> writeCounts(json, promptTokens, completionTokens));
        }
        frames.addDone();
      }
      case Failed failed -> {
        frames.add(Family.OPENAI.body(Family.OPENAI.problem(failed.code(), failed.message())));
        frames.addDone();
      }
    }
  }

  @Override
  public byte[] whole(Collected answer) {
    return Json.bytes(json -> {
      json.writeStartObject();
      envelope.write(json);
      if (form.tokenIds()) {
        Envelope.writeIds(json, "prompt_token_ids", promptIds);
      }
      json.writeArrayFieldStart("choices");
      for (Collected.Choice choice : answer.choices()) {
        writeChoice(json, choice);
      }
      json.writeEndArray();
      Envelope.writeUsage(json, answer.promptTokens(), answer.completionTokens());
      json.writeEndObject();
    });
  }

  private void writeChoice(JsonGenerator json, Collected.Choice choice) throws IOException {
    json.writeStartObject();
    json.writeNumberField("index", choice.index());
    json.writeObjectFieldStart("message");
    json.writeStringField("role", "assistant");
    json.writeStringField("content", choice.text());
    json.writeNullField("refusal");
    json.writeEndObject();
    writeLogprobs(json, choice.tokens());
    Envelope.writeFinish(json, Optional.of(choice.finish()));
    if (form.tokenIds()) {
      Envelope.writeIds(json, "token_ids", choice.ids());
    }
    json.writeEndObject();
  }

  // The first event of a choice names the role; the first one of all names the prompt's tokens.
  private void begin(Frames frames, int choice) {
    if (begun.get(choice)) {
      return;
    }
    boolean first = begun.isEmpty();
    begun.set(choice);
    frames.add(json -> {
      startChunk(json);
      if (first && form.tokenIds()) {
        Envelope.writeIds(json, "prompt_token_ids", promptIds);
      }
      startDelta(json, choice);
      json.writeStringField("role", "assistant");
      json.writeStringField("content", "");
      endDelta(json, List.of(), Optional.empty());
      endChunk(json);
    });
  }

  private void writePiece(JsonGenerator json, Piece piece) throws IOException {
    startChunk(json);
    startDelta(json, piece.choice());
    json.writeStringField("content", piece.text());
    endDelta(json, piece.tokens(), Optional.empty());
    if (form.tokenIds()) {
      Envelope.writeIds(json, "token_ids", piece.ids());
    }
    endChunk(json);
  }

  private void writeEnd(JsonGenerator json, ChoiceEnded ended) throws IOException {
    startChunk(json);
    startDelta(json, ended.choice());
    endDelta(json, List.of(), Optional.of(ended.reason()));
    endChunk(json);
  }

  private void writeCounts(JsonGenerator json, int promptTokens, int completionTokens)
      throws IOException {
    startChunk(json);
    json.writeArrayFieldStart("choices");
    json.writeEndArray();
    Envelope.writeUsage(json, promptTokens, completionTokens);
    json.writeEndObject();
  }

  private void startChunk(JsonGenerator json) throws IOException {
    json.writeStartObject();
    envelope.write(json);
  }

  private static void startDelta(JsonGenerator json, int choice) throws IOException {
    json.writeArrayFieldStart("choices");
    json.writeStartObject();
    json.writeNumberField("index", choice);
    json.writeObjectFieldStart("delta");
  }

  private void endDelta(
      JsonGenerator json,
      List<GenerationEvent.TokenPiece> tokens,
      Optional<GenerationEvent.FinishReason> reason)
      throws IOException {
    json.writeEndObject();
    writeLogprobs(json, tokens);
    Envelope.writeFinish(json, reason);
  }

  private void endChunk(JsonGenerator json) throws IOException {
    json.writeEndObject();
    json.writeEndArray();
    if (form.includeUsage()) {
      json.writeNullField("usage");
    }
    json.writeEndObject();
  }

  private void writeLogprobs(JsonGenerator json, List<GenerationEvent.TokenPiece> tokens)
      throws IOException {
    json.writeFieldName("logprobs");
    if (form.logprobs() && !tokens.isEmpty()) {
      Logprobs.writeChat(json, tokens);
    } else {
      json.writeNull();
    }
  }
}
