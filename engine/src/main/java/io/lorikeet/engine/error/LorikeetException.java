package io.lorikeet.engine.error;

/**
 * The one exception type for operating errors: a stable code and a message that says what, limit
 * and given value.
 */
public final class LorikeetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public LorikeetException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  public LorikeetException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }
}
