package io.lorikeet.engine.text;

import java.util.List;

/** Builds the chain of stages for the steps of a decoder. */
final class Stages {
  private Stages() {}

  /**
   * @param out receives the text of all tokens
   */
  static DecodeStage chain(List<DecoderStep> steps, StringBuilder out) {
    DecodeStage stage = new Collect(out);
    for (DecoderStep step : steps.reversed()) {
      stage = stage(step, stage);
    }
    return stage;
  }

  private static DecodeStage stage(DecoderStep step, DecodeStage next) {
    return switch (step) {
      case DecoderStep.ByteLevel b -> new ByteLevelStage(next);
      case DecoderStep.ByteFallback b -> new ByteFallbackStage(next);
      case DecoderStep.Fuse f -> new FuseStage(next);
      case DecoderStep.Replace r -> new ReplaceStage(r, next);
      case DecoderStep.Strip s -> new StripStage(s, next);
      case DecoderStep.Metaspace m -> new MetaspaceStage(m, next);
      case DecoderStep.WordPiece w -> new WordPieceStage(w, next);
      case DecoderStep.WordEnd w -> new WordEndStage(w, next);
      case DecoderStep.Separate s -> new SeparateStage(next);
    };
  }

  private record Collect(StringBuilder out) implements DecodeStage {
    @Override
    public void begin() {}

    @Override
    public void append(String text) {
      out.append(text);
    }

    @Override
    public void end() {}

    @Override
    public void finish() {}
  }
}
