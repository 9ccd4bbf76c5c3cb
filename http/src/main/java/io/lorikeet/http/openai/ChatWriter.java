package io.lorikeet.http.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.http.chat.ToolCall;
import io.lorikeet.http.chat.Turn;
import io.lorikeet.http.chat.TurnEvent;
import io.lorikeet.http.chat.TurnFinish;
import io.lorikeet.http.chat.WholeTurn;
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
  private final Turn turn;
  private final int[] promptIds;
  private final BitSet begun = new BitSet();

  ChatWriter(Envelope envelope, ReplyForm form, Turn turn, int[] promptIds) {
    this.envelope = envelope;
    this.form = form;
    this.turn = turn;
    this.promptIds = promptIds;
  }

  @Override
  public void frames(Frames frames, GenerationEvent event) {
    turn.fold(event).forEach(each -> frames(frames, each));
  }

  private void frames(Frames frames, TurnEvent event) {
    switch (event) {
      case TurnEvent.OfChoice ofChoice -> {
        begin(frames, ofChoice.choice());
        ofChoice(frames, ofChoice);
      }
      case TurnEvent.Completed(int promptTokens, int completionTokens) -> {
        if (form.includeUsage()) {
          frames.add(json -> writeCounts(json, promptTokens, completionTokens));
        }
        frames.addDone();
      }
      case TurnEvent.Failed failed -> {
        frames.add(Family.OPENAI.body(Family.OPENAI.problem(failed.code(), failed.message())));
        frames.addDone();
      }
    }
  }

  private void ofChoice(Frames frames, TurnEvent.OfChoice event) {
    switch (event) {
      case TurnEvent.Text text -> {
        if (!text.text().isEmpty() || form.tokenIds() || form.logprobs()) {
          frames.add(json -> writeText(json, text));
        }
      }
      case TurnEvent.CallBegun begun -> frames.add(json -> writeCallBegun(json, begun));
      case TurnEvent.CallArguments arguments ->
          frames.add(json -> writeCallArguments(json, arguments));
      case TurnEvent.CallEnded _ -> {}
      case TurnEvent.ChoiceEnded ended -> frames.add(json -> writeEnd(json, ended));
    }
  }

  @Override
  public byte[] whole(Collected answer) {
    WholeTurn whole = WholeTurn.of(answer, turn);
    return Json.bytes(json -> {
      json.writeStartObject();
      envelope.write(json);
      if (form.tokenIds()) {
        Envelope.writeIds(json, "prompt_token_ids", promptIds);
      }
      json.writeArrayFieldStart("choices");
      for (WholeTurn.Choice choice : whole.choices()) {
        writeChoice(json, choice);
      }
      json.writeEndArray();
      Envelope.writeUsage(json, whole.promptTokens(), whole.completionTokens());
      if (form.promptLogprobs().isPresent()) {
        Logprobs.writePrompt(
            json, answer.prompts().getFirst().tokens(), form.promptLogprobs().getAsInt());
      }
      json.writeEndObject();
    });
  }

  private void writeChoice(JsonGenerator json, WholeTurn.Choice choice) throws IOException {
    json.writeStartObject();
    json.writeNumberField("index", choice.index());
    json.writeObjectFieldStart("message");
    json.writeStringField("role", "assistant");
    if (choice.text().isEmpty() && !choice.calls().isEmpty()) {
      json.writeNullField("content");
    } else {
      json.writeStringField("content", choice.text());
    }
    json.writeNullField("refusal");
    if (!choice.calls().isEmpty()) {
      json.writeArrayFieldStart("tool_calls");
      for (ToolCall call : choice.calls()) {
        json.writeStartObject();
        writeFunction(json, call.id(), call.name(), call.arguments());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
    writeLogprobs(json, choice.tokens());
    writeFinish(json, Optional.of(choice.finish()));
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

  private void writeText(JsonGenerator json, TurnEvent.Text text) throws IOException {
    startChunk(json);
    startDelta(json, text.choice());
    json.writeStringField("content", text.text());
    endDelta(json, text.tokens(), Optional.empty());
    if (form.tokenIds()) {
      Envelope.writeIds(json, "token_ids", text.ids());
    }
    endChunk(json);
  }

  private void writeCallBegun(JsonGenerator json, TurnEvent.CallBegun begun) throws IOException {
    startCall(json, begun.choice(), begun.call());
    writeFunction(json, begun.id(), begun.name(), "");
    endCall(json);
  }

  private void writeCallArguments(JsonGenerator json, TurnEvent.CallArguments arguments)
      throws IOException {
    startCall(json, arguments.choice(), arguments.call());
    json.writeObjectFieldStart("function");
    json.writeStringField("arguments", arguments.delta());
    json.writeEndObject();
    endCall(json);
  }

  private void startCall(JsonGenerator json, int choice, int call) throws IOException {
    startChunk(json);
    startDelta(json, choice);
    json.writeArrayFieldStart("tool_calls");
    json.writeStartObject();
    json.writeNumberField("index", call);
  }

  private void endCall(JsonGenerator json) throws IOException {
    json.writeEndObject();
    json.writeEndArray();
    endDelta(json, List.of(), Optional.empty());
    endChunk(json);
  }

  private static void writeFunction(JsonGenerator json, String id, String name, String arguments)
      throws IOException {
    json.writeStringField("id", id);
    json.writeStringField("type", "function");
    json.writeObjectFieldStart("function");
    json.writeStringField("name", name);
    json.writeStringField("arguments", arguments);
    json.writeEndObject();
  }

  private void writeEnd(JsonGenerator json, TurnEvent.ChoiceEnded ended) throws IOException {
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
      JsonGenerator json, List<GenerationEvent.TokenPiece> tokens, Optional<TurnFinish> reason)
      throws IOException {
    json.writeEndObject();
    writeLogprobs(json, tokens);
    writeFinish(json, reason);
  }

  private static void writeFinish(JsonGenerator json, Optional<TurnFinish> reason)
      throws IOException {
    json.writeFieldName("finish_reason");
    if (reason.isEmpty()) {
      json.writeNull();
      return;
    }
    json.writeString(
        switch (reason.get()) {
          case STOP_TOKEN, STOP_STRING -> "stop";
          case LENGTH -> "length";
          case TOOL_CALLS -> "tool_calls";
        });
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
