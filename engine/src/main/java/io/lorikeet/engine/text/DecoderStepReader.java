package io.lorikeet.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import java.util.ArrayList;
import java.util.List;

/** The {@code decoder} object of a tokenizer.json as a list of steps. */
final class DecoderStepReader {
  private DecoderStepReader() {}

  /**
   * @param decoder the object, or a JSON null
   * @throws LorikeetException MODEL_TOKENIZER_INVALID for a kind that isn't implemented, a missing
   *     field, or an order in which the steps can't run token by token
   */
  static List<DecoderStep> read(JsonNode decoder) {
    if (decoder.isNull() || decoder.isMissingNode()) {
      return List.of(new DecoderStep.Separate());
    }
    List<DecoderStep> steps = new ArrayList<>();
    collect(decoder, steps);
    checkOrder(steps);
    return List.copyOf(steps);
  }

  private static void collect(JsonNode node, List<DecoderStep> into) {
    String type = text(node, "type");
    switch (type) {
      case "Sequence" -> {
        JsonNode parts = node.path("decoders");
        if (!parts.isArray()) {
          throw invalid("`decoders` of a Sequence must be a list", parts);
        }
        parts.forEach(part -> collect(part, into));
      }
      case "ByteLevel" -> into.add(new DecoderStep.ByteLevel());
      case "ByteFallback" -> into.add(new DecoderStep.ByteFallback());
      case "Fuse" -> into.add(new DecoderStep.Fuse());
      case "Replace" ->
          into.add(
              new DecoderStep.Replace(
                  notEmpty(text(node.path("pattern"), "String"), "pattern"),
                  text(node, "content")));
      case "Strip" ->
          into.add(
              new DecoderStep.Strip(
                  codePoint(node, "content"), count(node, "start"), count(node, "stop")));
      case "Metaspace" -> into.add(metaspace(node));
      case "WordPiece" ->
          into.add(new DecoderStep.WordPiece(text(node, "prefix"), flag(node, "cleanup")));
      case "BPEDecoder" ->
          into.add(new DecoderStep.WordEnd(notEmpty(text(node, "suffix"), "suffix")));
      default -> throw invalid("a decoder of this type is not supported", node.path("type"));
    }
  }

  private static DecoderStep metaspace(JsonNode node) {
    JsonNode scheme = node.path("prepend_scheme");
    // Files from before prepend_scheme carry add_prefix_space.
    boolean drops =
        scheme.isTextual()
            ? !scheme.asText().equals("never")
            : node.path("add_prefix_space").asBoolean(true);
    return new DecoderStep.Metaspace(codePoint(node, "replacement"), drops);
  }

  /**
   * After a step that gives text out in fragments (one token that may never end) no step may follow
   * that has to see whole tokens.
   */
  private static void checkOrder(List<DecoderStep> steps) {
    boolean fragments = false;
    for (DecoderStep step : steps) {
      boolean wholeTokens =
          switch (step) {
            case DecoderStep.ByteLevel b -> true;
            case DecoderStep.ByteFallback b -> true;
            case DecoderStep.WordPiece w -> true;
            case DecoderStep.WordEnd w -> true;
            case DecoderStep.Replace r -> r.pattern().codePointCount(0, r.pattern().length()) > 1;
            case DecoderStep.Fuse f -> false;
            case DecoderStep.Strip s -> false;
            case DecoderStep.Metaspace m -> false;
            case DecoderStep.Separate s -> false;
          };
      if (fragments && wholeTokens) {
        throw new LorikeetException(
            ErrorCode.MODEL_TOKENIZER_INVALID,
            "tokenizer.json: decoder: %s can't follow a step that joins tokens"
                .formatted(step.getClass().getSimpleName()));
      }
      fragments |=
          step instanceof DecoderStep.ByteLevel
              || step instanceof DecoderStep.ByteFallback
              || step instanceof DecoderStep.Fuse;
    }
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isTextual()) {
      throw invalid("`%s` must be a string".formatted(field), value);
    }
    return value.textValue();
  }

  private static String notEmpty(String value, String field) {
    if (value.isEmpty()) {
      throw new LorikeetException(
          ErrorCode.MODEL_TOKENIZER_INVALID,
          "tokenizer.json: decoder: `%s` must not be empty".formatted(field));
    }
    return value;
  }

  private static int codePoint(JsonNode node, String field) {
    String value = text(node, field);
    if (value.codePointCount(0, value.length()) != 1) {
      throw invalid("`%s` must be one character".formatted(field), node.path(field));
    }
    return value.codePointAt(0);
  }

  private static int count(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() < 0) {
      throw invalid("`%s` must be an integer >= 0".formatted(field), value);
    }
    return value.intValue();
  }

  private static boolean flag(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isBoolean()) {
      throw invalid("`%s` must be true or false".formatted(field), value);
    }
    return value.booleanValue();
  }

  private static LorikeetException invalid(String what, JsonNode given) {
    String value = given.isMissingNode() ? "nothing" : given.toString();
    return new LorikeetException(
        ErrorCode.MODEL_TOKENIZER_INVALID,
        "tokenizer.json: decoder: %s. Given: %s"
            .formatted(what, value.length() > 200 ? value.substring(0, 200) : value));
  }
}
