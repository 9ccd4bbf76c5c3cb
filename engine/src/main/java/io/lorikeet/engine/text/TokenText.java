package io.lorikeet.engine.text;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What one token stands for, apart from its neighbours.
 *
 * @param text readable text; U+FFFD for bytes that are no character on their own
 * @param bytes the exact bytes, so that those of consecutive tokens join to the UTF-8 form of the
 *     whole text
 */
public record TokenText(String text, byte[] bytes) {
  static final TokenText EMPTY = ofText("");

  /** The token as the steps leave it when other tokens stand before and behind it. */
  static TokenText of(String token, List<DecoderStep> steps) {
    String text = token;
    boolean joined = false;
    for (DecoderStep step : steps) {
      switch (step) {
        case DecoderStep.ByteLevel b -> {
          return ofBytes(ByteAlphabet.bytes(text));
        }
        case DecoderStep.ByteFallback b -> {
          int octet = ByteFallbackStage.octet(text);
          if (octet >= 0) {
            return ofBytes(new byte[] {(byte) octet});
          }
        }
        case DecoderStep.Fuse f -> joined = true;
        case DecoderStep.Strip s -> text = joined ? text : stripped(s, text);
        case DecoderStep.Replace r -> text = text.replace(r.pattern(), r.content());
        case DecoderStep.Metaspace m ->
            text = text.replace(Character.toString(m.replacement()), " ");
        case DecoderStep.WordPiece w -> text = WordPieceStage.following(w, text);
        case DecoderStep.WordEnd w -> text = text.replace(w.suffix(), " ");
        case DecoderStep.Separate s -> text = " " + text;
      }
    }
    return ofText(text);
  }

  private static String stripped(DecoderStep.Strip step, String text) {
    StringBuilder out = new StringBuilder();
    DecodeStage strip = Stages.chain(List.of(step), out);
    strip.begin();
    strip.append(text);
    strip.end();
    return out.toString();
  }

  private static TokenText ofText(String text) {
    return new TokenText(text, text.getBytes(StandardCharsets.UTF_8));
  }

  private static TokenText ofBytes(byte[] bytes) {
    Utf8Assembler characters = new Utf8Assembler(false);
    StringBuilder text = new StringBuilder();
    for (byte octet : bytes) {
      characters.accept(octet & 0xFF, text);
    }
    characters.finish(text);
    return new TokenText(text.toString(), bytes);
  }
}
