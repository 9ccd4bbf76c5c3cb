package io.lorikeet.http.exchange;

import io.lorikeet.engine.error.ErrorCode;
import java.util.Locale;
import java.util.Optional;

/**
 * Why a request is refused, before it is written in the form of an API.
 *
 * @param code stable name of the reason
 * @param about the request's field that is to blame
 * @param requestId of the call, for APIs that say it in their bodies
 */
public record Problem(
    int status, String code, String message, Optional<String> about, Optional<String> requestId) {
  public Problem(int status, String code, String message, Optional<String> about) {
    this(status, code, message, about, Optional.empty());
  }

  /** The same, of a call. */
  public Problem of(Call call) {
    return new Problem(status, code, message, about, Optional.of(call.id()));
  }

  /** A reason that an error code names. */
  public static Problem of(ErrorCode code, String message) {
    return new Problem(ErrorStatus.of(code), code.wire(), message, about(code, message));
  }

  public static Problem noSuchPath(String path) {
    return http(404, "not_found", "there is nothing at `" + path + "`");
  }

  public static Problem noSuchMethod(String method, String path, String allowed) {
    return http(
        405,
        "method_not_allowed",
        method + " does not work at `" + path + "`; " + allowed + " does");
  }

  /** The name of a missing or wrong key in OpenAI's API. */
  public static Problem unknownKey(String message) {
    return http(401, "invalid_api_key", message);
  }

  public static Problem forbidden(String message) {
    return http(403, "permission_denied", message);
  }

  public static Problem tooManyRequests(String message) {
    return http(429, "rate_limited", message);
  }

  public static Problem notJson(String given) {
    return http(
        415,
        "unsupported_media_type",
        "the body must come with `content-type: application/json`. Given: " + given);
  }

  public static Problem bodyTooSlow(long seconds) {
    return http(408, "request_timeout", "the body must arrive within " + seconds + " seconds");
  }

  /** Bytes that are no HTTP request, or one that no server of this version takes. */
  public static Problem noRequest(int status, String message) {
    String code =
        switch (status) {
          case 413 -> ErrorCode.BODY_TOO_LARGE.wire();
          case 414 -> "uri_too_long";
          case 431 -> "headers_too_large";
          case 501 -> "method_unknown";
          case 505 -> "http_version_unsupported";
          default -> ErrorCode.REQUEST_INVALID.wire();
        };
    return http(status, code, message);
  }

  boolean retryable() {
    return status == 429 || status == 503;
  }

  boolean isOneOf(ErrorCode... codes) {
    for (ErrorCode candidate : codes) {
      if (code.equals(candidate.wire())) {
        return true;
      }
    }
    return false;
  }

  private static Problem http(int status, String code, String message) {
    return new Problem(status, code.toLowerCase(Locale.ROOT), message, Optional.empty());
  }

  // Messages about a field begin with its name in back quotes.
  private static Optional<String> about(ErrorCode code, String message) {
    boolean field =
        switch (code) {
          case REQUEST_INVALID,
              PARAMETER_UNSUPPORTED,
              PARAMETER_OUT_OF_RANGE,
              PREVIOUS_RESPONSE_NOT_FOUND ->
              true;
          default -> false;
        };
    int end = message.indexOf('`', 1);
    return field && message.startsWith("`") && end > 0
        ? Optional.of(message.substring(1, end))
        : Optional.empty();
  }
}
