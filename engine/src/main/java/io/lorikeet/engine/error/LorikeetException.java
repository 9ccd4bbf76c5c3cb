package io.lorikeet.engine.error;

/**
 * The one exception type for operating errors: a stable code and a message that says what, limit
 * and given value. Values come from strangers' files and requests: the message is one line of
 * bounded length.
 */
public final class LorikeetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int MESSAGE_CHARS_MAX = 2_000;

  private final ErrorCode code;

  public LorikeetException(ErrorCode code, String message) {
    super(line(message));
    this.code = code;
  }

  public LorikeetException(ErrorCode code, String message, Throwable cause) {
    super(line(message), cause);
    this.code = code;
  }

  // A line break could pass for another line of a log.
  private static String line(String message) {
    StringBuilder line = new StringBuilder();
    int end = Math.min(message.length(), MESSAGE_CHARS_MAX);
    for (int i = 0; i < end; i++) {
      char c = message.charAt(i);
      line.append(Character.isISOControl(c) ? ' ' : c);
    }
    return line.append(message.length() > end ? "..." : "").toString();
  }

  public ErrorCode code() {
    return code;
  }
}
