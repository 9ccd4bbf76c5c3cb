package io.lorikeet.engine.text.template;

/**
 * Why a template does not compile or render. Stays inside the package: {@link ChatTemplate} turns
 * it into the error that callers see.
 */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final boolean raised;

  private Fault(String message, boolean raised) {
    super(message);
    this.reason = message;
    this.raised = raised;
  }

  static Fault of(String message) {
    return new Fault(message, false);
  }

  /** The template's own message, from {@code raise_exception}: it reaches the client unchanged. */
  static Fault raised(String message) {
    return new Fault(message, true);
  }

  static Fault atLine(int line, String message) {
    return of("line " + line + ": " + message);
  }

  String reason() {
    return reason;
  }

  boolean isRaised() {
    return raised;
  }
}
