package io.lorikeet.engine.text;

/** Words with spaces between them; the clean-up sees each token on its own. */
final class WordPieceStage implements DecodeStage {
  private final DecoderStep.WordPiece step;
  private final DecodeStage next;
  private boolean any;

  WordPieceStage(DecoderStep.WordPiece step, DecodeStage next) {
    this.step = step;
    this.next = next;
  }

  /** The text of a token that follows another one. */
  static String following(DecoderStep.WordPiece step, String token) {
    String text =
        token.startsWith(step.prefix()) ? token.substring(step.prefix().length()) : " " + token;
    return step.cleanup() ? clean(text) : text;
  }

  private static String clean(String text) {
    return text.replace(" .", ".")
        .replace(" ?", "?")
        .replace(" !", "!")
        .replace(" ,", ",")
        .replace(" ' ", "'")
        .replace(" n't", "n't")
        .replace(" 'm", "'m")
        .replace(" do not", " don't")
        .replace(" 's", "'s")
        .replace(" 've", "'ve")
        .replace(" 're", "'re");
  }

  @Override
  public void begin() {
    next.begin();
  }

  @Override
  public void append(String token) {
    if (any) {
      next.append(following(step, token));
    } else {
      any = true;
      next.append(step.cleanup() ? clean(token) : token);
    }
  }

  @Override
  public void end() {
    next.end();
  }

  @Override
  public void finish() {
    next.finish();
  }
}
