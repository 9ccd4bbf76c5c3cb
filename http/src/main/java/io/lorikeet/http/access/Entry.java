package io.lorikeet.http.access;

/** Whether a request comes in. */
public sealed interface Entry {
  record Granted(Caller caller) implements Entry {}

  /** It brings no key, or one that nobody has. */
  record Unknown(String message) implements Entry {}

  /** Its key is good, its role is not. */
  record Forbidden(String message) implements Entry {}

  /**
   * It comes too soon after others.
   *
   * @param seconds until another one comes in
   */
  record TooMany(String message, long seconds) implements Entry {}
}
