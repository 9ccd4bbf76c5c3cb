package io.lorikeet.http.anthropic;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.lorikeet.actors.GenerationEvent;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.chat.ToolCall;
import io.lorikeet.http.chat.Turn;
import io.lorikeet.http.chat.TurnEvent;
import io.lorikeet.http.chat.TurnFinish;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Family;
import io.lorikeet.http.generation.AnswerWriter;
import io.lorikeet.http.generation.Collected;
import io.lorikeet.http.generation.Frames;
import io.lorikeet.http.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Bodies and events of {@code /v1/messages}. An answer is a row of blocks: of text, and of calls,
 * in the order in which the model wrote them.
 */
final class MessageWriter implements AnswerWriter {
  private final Call call;
  private final String id;
  private final String model;
  private final Turn turn;
  private final int promptTokens;
  private boolean begun;
  private boolean open;
  private boolean inText;
  private int block = -1;

  /**
   * @param model the name that the client sent
   */
  MessageWriter(Call call, String id, String model, Turn turn, int promptTokens) {
    this.call = call;
    this.id = id;
    this.model = model;
    this.turn = turn;
    this.promptTokens = promptTokens;
  }

  @Override
  public void frames(Frames frames, GenerationEvent event) {
    begin(frames);
    turn.fold(event).forEach(each -> frames(frames, each));
  }

  private void begin(Frames frames) {
    if (begun) {
      return;
    }
    begun = true;
    frames.add(
        "message_start",
        json -> {
          type(json, "message_start");
          json.writeFieldName("message");
          writeMessage(json, List.of(), Optional.empty(), 0);
          json.writeEndObject();
        });
    frames.add(
        "ping",
        json -> {
          type(json, "ping");
          json.writeEndObject();
        });
  }

  private void frames(Frames frames, TurnEvent event) {
    switch (event) {
      case TurnEvent.Text text -> text(frames, text.text());
      case TurnEvent.CallBegun begun -> {
        start(frames, json -> writeCall(json, begun.id(), begun.name(), "{}"));
        inText = false;
      }
      case TurnEvent.CallArguments arguments ->
          delta(frames, "input_json_delta", "partial_json", arguments.delta());
      case TurnEvent.CallEnded _ -> stop(frames);
      case TurnEvent.ChoiceEnded ended -> {
        stop(frames);
        frames.add("message_delta", json -> writeEnd(json, ended));
      }
      case TurnEvent.Completed _ ->
          frames.add(
              "message_stop",
              json -> {
                type(json, "message_stop");
                json.writeEndObject();
              });
      case TurnEvent.Failed failed ->
          frames.add(
              "error",
              Family.ANTHROPIC.body(
                  Family.ANTHROPIC.problem(failed.code(), failed.message()).of(call)));
    }
  }

  private void text(Frames frames, String text) {
    if (text.isEmpty()) {
      return;
    }
    if (!open || !inText) {
      start(frames, json -> writeText(json, ""));
      inText = true;
    }
    delta(frames, "text_delta", "text", text);
  }

  private void start(Frames frames, Json.Value content) {
    stop(frames);
    open = true;
    block++;
    frames.add(
        "content_block_start",
        json -> {
          type(json, "content_block_start");
          json.writeNumberField("index", block);
          json.writeFieldName("content_block");
          content.write(json);
          json.writeEndObject();
        });
  }

  private void delta(Frames frames, String type, String field, String text) {
    frames.add(
        "content_block_delta",
        json -> {
          type(json, "content_block_delta");
          json.writeNumberField("index", block);
          json.writeObjectFieldStart("delta");
          json.writeStringField("type", type);
          json.writeStringField(field, text);
          json.writeEndObject();
          json.writeEndObject();
        });
  }

  private void stop(Frames frames) {
    if (!open) {
      return;
    }
    open = false;
    frames.add(
        "content_block_stop",
        json -> {
          type(json, "content_block_stop");
          json.writeNumberField("index", block);
          json.writeEndObject();
        });
  }

  private void writeEnd(JsonGenerator json, TurnEvent.ChoiceEnded ended) throws IOException {
    type(json, "message_delta");
    json.writeObjectFieldStart("delta");
    writeStop(json, Optional.of(ended));
    json.writeEndObject();
    writeUsage(json, ended.completionTokens());
    json.writeEndObject();
  }

  @Override
  public byte[] whole(Collected answer) {
    Collected.Choice drawn = answer.choices().getFirst();
    List<TurnEvent> events =
        new ArrayList<>(
            turn.fold(
                new GenerationEvent.Piece(
                    drawn.index(), drawn.text(), drawn.ids(), drawn.tokens())));
    events.addAll(
        turn.fold(
            new GenerationEvent.ChoiceEnded(
                drawn.index(), drawn.finish(), drawn.stop(), drawn.completionTokens())));
    List<Json.Value> blocks = blocks(events);
    TurnEvent.ChoiceEnded ended =
        events.stream()
            .filter(TurnEvent.ChoiceEnded.class::isInstance)
            .map(TurnEvent.ChoiceEnded.class::cast)
            .findFirst()
            .orElseThrow();
    return Json.bytes(
        json -> writeMessage(json, blocks, Optional.of(ended), answer.completionTokens()));
  }

  private static List<Json.Value> blocks(List<TurnEvent> events) {
    List<Json.Value> blocks = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (TurnEvent event : events) {
      switch (event) {
        case TurnEvent.Text piece -> text.append(piece.text());
        case TurnEvent.CallBegun _, TurnEvent.ChoiceEnded _ -> {
          if (!text.isEmpty()) {
            String whole = text.toString();
            blocks.add(json -> writeText(json, whole));
            text.setLength(0);
          }
        }
        case TurnEvent.CallEnded(int _, int _, ToolCall call) ->
            blocks.add(json -> writeCall(json, call.id(), call.name(), input(call.arguments())));
        case TurnEvent.CallArguments _, TurnEvent.Terminal _ -> {}
      }
    }
    return blocks;
  }

  // Anthropic's documentation of fine-grained streaming names this form for what is no object.
  private static String input(String arguments) {
    try {
      return Json.readObject(arguments.getBytes(StandardCharsets.UTF_8)).toString();
    } catch (LorikeetException _) {
      return JsonNodeFactory.instance.objectNode().put("INVALID_JSON", arguments).toString();
    }
  }

  private void writeMessage(
      JsonGenerator json,
      List<Json.Value> blocks,
      Optional<TurnEvent.ChoiceEnded> ended,
      int completionTokens)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("id", id);
    json.writeStringField("type", "message");
    json.writeStringField("role", "assistant");
    json.writeStringField("model", model);
    json.writeArrayFieldStart("content");
    for (Json.Value each : blocks) {
      each.write(json);
    }
    json.writeEndArray();
    writeStop(json, ended);
    writeUsage(json, completionTokens);
    json.writeEndObject();
  }

  private static void writeText(JsonGenerator json, String text) throws IOException {
    type(json, "text");
    json.writeStringField("text", text);
    json.writeEndObject();
  }

  private static void writeCall(JsonGenerator json, String id, String name, String input)
      throws IOException {
    type(json, "tool_use");
    json.writeStringField("id", id);
    json.writeStringField("name", name);
    json.writeFieldName("input");
    json.writeRawValue(input);
    json.writeEndObject();
  }

  private static void type(JsonGenerator json, String type) throws IOException {
    json.writeStartObject();
    json.writeStringField("type", type);
  }

  private static void writeStop(JsonGenerator json, Optional<TurnEvent.ChoiceEnded> ended)
      throws IOException {
    json.writeStringField("stop_reason", ended.map(e -> reason(e.reason())).orElse(null));
    json.writeStringField("stop_sequence", ended.flatMap(TurnEvent.ChoiceEnded::stop).orElse(null));
  }

  private static String reason(TurnFinish finish) {
    return switch (finish) {
      case STOP_TOKEN -> "end_turn";
      case STOP_STRING -> "stop_sequence";
      case LENGTH -> "max_tokens";
      case TOOL_CALLS -> "tool_use";
    };
  }

  // There is no prefix cache yet, so nothing comes from one.
  private void writeUsage(JsonGenerator json, int completionTokens) throws IOException {
    json.writeObjectFieldStart("usage");
    json.writeNumberField("input_tokens", promptTokens);
    json.writeNumberField("cache_creation_input_tokens", 0);
    json.writeNumberField("cache_read_input_tokens", 0);
    json.writeNumberField("output_tokens", completionTokens);
    json.writeEndObject();
  }
}
