package io.lorikeet.http.text;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.actors.TextResult.Token;
import io.lorikeet.actors.TextResult.Tokens;
import io.lorikeet.actors.TextTask;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Call;
import io.lorikeet.http.exchange.Endpoint;
import io.lorikeet.http.exchange.Surface;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Json;
import io.lorikeet.http.json.Refused;
import io.lorikeet.http.openai.ChatPrompts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * {@code POST /tokenize} as three servers have it, told apart by the field that holds the text:
 * LoRAX's {@code inputs}, vLLM's {@code prompt} or {@code messages}, llama.cpp's {@code content}.
 * Fields of the other forms are refused, for they would be ignored.
 */
public final class TokenizeEndpoint implements Endpoint {
  private static final List<String> TEXTS = List.of("inputs", "prompt", "messages", "content");

  private final Surface surface;

  public TokenizeEndpoint(Surface surface) {
    this.surface = surface;
  }

  @Override
  public CompletionStage<HttpResponse> answer(Call call) {
    return TextReply.answer(surface, call, this::read);
  }

  private TextReply read(Fields fields) {
    List<String> given = TEXTS.stream().filter(name -> fields.any(name).isPresent()).toList();
    if (given.size() != 1) {
      throw new LorikeetException(
          ErrorCode.REQUEST_INVALID,
          "exactly one of `inputs`, `prompt`, `messages` and `content` is required. Given: "
              + (given.isEmpty() ? "none" : "`" + String.join("`, `", given) + "`"));
    }
    return switch (given.getFirst()) {
      case "inputs" -> lorax(fields);
      case "prompt" -> prompt(fields);
      case "messages" -> messages(fields);
      default -> llamaCpp(fields);
    };
  }

  private static TextReply lorax(Fields fields) {
    fields.only("inputs", "add_special_tokens");
    return new TextReply(
        Optional.empty(),
        new TextTask.Encode(fields.requiredText("inputs"), fields.flag("add_special_tokens", true)),
        TextReply.tokens(TokenizeEndpoint::places));
  }

  private static Json.Value places(Tokens tokens) {
    return json -> {
      json.writeStartArray();
      for (Token token : tokens.tokens()) {
        json.writeStartObject();
        json.writeNumberField("id", token.id());
        json.writeStringField("text", token.source());
        json.writeNumberField("start", token.start());
        json.writeNumberField("stop", token.end());
        json.writeEndObject();
      }
      json.writeEndArray();
    };
  }

  private TextReply prompt(Fields fields) {
    fields.only("model", "prompt", "add_special_tokens", "return_token_strs");
    return new TextReply(
        fields.text("model"),
        new TextTask.Encode(fields.requiredText("prompt"), fields.flag("add_special_tokens", true)),
        TextReply.tokens(counted(fields)));
  }

  private TextReply messages(Fields fields) {
    fields.only(
        Stream.concat(
                Stream.of("model", "add_special_tokens", "return_token_strs"),
                ChatPrompts.FIELDS.stream())
            .toArray(String[]::new));
    return new TextReply(
        fields.text("model"),
        new TextTask.EncodeChat(
            ChatPrompts.read(fields, surface.settings().requests()),
            fields.flag("add_special_tokens", false)),
        TextReply.tokens(counted(fields)));
  }

  private Function<Tokens, Json.Value> counted(Fields fields) {
    boolean entries = fields.flag("return_token_strs", false);
    return tokens ->
        json -> {
          json.writeStartObject();
          json.writeNumberField("count", tokens.tokens().size());
          json.writeNumberField("max_model_len", surface.engine().model().contextMax());
          json.writeArrayFieldStart("tokens");
          for (Token token : tokens.tokens()) {
            json.writeNumber(token.id());
          }
          json.writeEndArray();
          if (entries) {
            json.writeArrayFieldStart("token_strs");
            for (Token token : tokens.tokens()) {
              json.writeString(token.entry());
            }
            json.writeEndArray();
          }
          json.writeEndObject();
        };
  }

  private static TextReply llamaCpp(Fields fields) {
    fields.only("content", "add_special", "parse_special", "with_pieces");
    Refused.check(fields, List.of(Refused.unless("parse_special", true)));
    boolean pieces = fields.flag("with_pieces", false);
    return new TextReply(
        Optional.empty(),
        new TextTask.Encode(fields.requiredText("content"), fields.flag("add_special", false)),
        TextReply.tokens(tokens -> pieces(tokens, pieces)));
  }

  private static Json.Value pieces(Tokens tokens, boolean pieces) {
    return json -> {
      json.writeStartObject();
      json.writeArrayFieldStart("tokens");
      for (Token token : tokens.tokens()) {
        if (pieces) {
          json.writeStartObject();
          json.writeNumberField("id", token.id());
          json.writeFieldName("piece");
          writePiece(json, token.bytes());
          json.writeEndObject();
        } else {
          json.writeNumber(token.id());
        }
      }
      json.writeEndArray();
      json.writeEndObject();
    };
  }

  // A piece of a character has no text, so its bytes stand there.
  private static void writePiece(JsonGenerator json, byte[] bytes) throws IOException {
    Optional<String> text = characters(bytes);
    if (text.isPresent()) {
      json.writeString(text.get());
      return;
    }
    json.writeStartArray();
    for (byte octet : bytes) {
      json.writeNumber(octet & 0xFF);
    }
    json.writeEndArray();
  }

  private static Optional<String> characters(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
