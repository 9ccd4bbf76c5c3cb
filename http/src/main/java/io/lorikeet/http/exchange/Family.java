package io.lorikeet.http.exchange;

import com.fasterxml.jackson.core.JsonGenerator;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.json.Json;
import java.io.IOException;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** The APIs whose errors look alike. */
public enum Family {
  /** Below {@code /v1}: {@code {"error": {"message", "type", "param", "code"}}}. */
  OPENAI {
    @Override
    void write(JsonGenerator json, Problem problem) throws IOException {
      json.writeStartObject();
      json.writeObjectFieldStart("error");
      json.writeStringField("message", problem.message());
      json.writeStringField("type", openAiType(problem));
      writeOrNull(json, "param", problem.about());
      json.writeStringField("code", problem.code());
      json.writeEndObject();
      json.writeEndObject();
    }

    @Override
    int status(ErrorCode code) {
      return ErrorStatus.of(code);
    }
  },

  /**
   * Below {@code /v1/messages}: {@code {"type": "error", "error": {"type", "message"},
   * "request_id"}}.
   */
  ANTHROPIC {
    @Override
    void write(JsonGenerator json, Problem problem) throws IOException {
      json.writeStartObject();
      json.writeStringField("type", "error");
      json.writeObjectFieldStart("error");
      json.writeStringField("type", anthropicType(problem));
      json.writeStringField("message", problem.message());
      json.writeStringField("code", problem.code());
      json.writeEndObject();
      writeOrNull(json, "request_id", problem.requestId());
      json.writeEndObject();
    }

    @Override
    int status(ErrorCode code) {
      return ErrorStatus.of(code);
    }
  },

  /** Everywhere else: {@code {"error", "error_type"}}, and our code. */
  LORAX {
    @Override
    void write(JsonGenerator json, Problem problem) throws IOException {
      String type = loraxType(problem);
      json.writeStartObject();
      json.writeStringField("error", loraxPrefix(type, problem) + problem.message());
      json.writeStringField("error_type", type);
      json.writeStringField("code", problem.code());
      json.writeEndObject();
    }

    @Override
    int status(ErrorCode code) {
      int status = ErrorStatus.of(code);
      return status == 400 ? 422 : status;
    }
  };

  private static final int RETRY_AFTER_SECONDS = 1;
  private static final String MESSAGES = "/v1/messages";

  /** The family of a path. */
  public static Family of(String path) {
    if (path.equals(MESSAGES) || path.startsWith(MESSAGES + "/")) {
      return ANTHROPIC;
    }
    return path.startsWith("/v1/") ? OPENAI : LORAX;
  }

  public Problem problem(ErrorCode code, String message) {
    Problem problem = Problem.of(code, message);
    return new Problem(status(code), problem.code(), message, problem.about());
  }

  public Problem problem(LorikeetException e) {
    return problem(e.code(), String.valueOf(e.getMessage()));
  }

  /** The body of an error, also of one inside a stream. */
  public byte[] body(Problem problem) {
    return Json.bytes(json -> write(json, problem));
  }

  public HttpResponse reply(Problem problem) {
    HttpResponse response = Replies.json(problem.status(), body(problem));
    return problem.retryable() ? retryAfter(response, RETRY_AFTER_SECONDS) : response;
  }

  /** As {@link #reply(Problem)}, where it is known when another try may do. */
  public HttpResponse reply(Problem problem, long retrySeconds) {
    return retryAfter(Replies.json(problem.status(), body(problem)), retrySeconds);
  }

  private static HttpResponse retryAfter(HttpResponse response, long seconds) {
    return response.addHeader(RawHeader.create("Retry-After", "" + seconds));
  }

  abstract void write(JsonGenerator json, Problem problem) throws IOException;

  abstract int status(ErrorCode code);

  private static void writeOrNull(JsonGenerator json, String name, Optional<String> value)
      throws IOException {
    json.writeFieldName(name);
    if (value.isPresent()) {
      json.writeString(value.get());
    } else {
      json.writeNull();
    }
  }

  private static String openAiType(Problem problem) {
    return switch (problem.status()) {
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      case 500, 503, 504 -> "server_error";
      default -> "invalid_request_error";
    };
  }

  private static String anthropicType(Problem problem) {
    return switch (problem.status()) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 500 -> "api_error";
      case 503 -> "overloaded_error";
      case 504 -> "timeout_error";
      default -> "invalid_request_error";
    };
  }

  private static String loraxType(Problem problem) {
    if (problem.isOneOf(
        ErrorCode.REQUEST_INVALID,
        ErrorCode.PARAMETER_UNSUPPORTED,
        ErrorCode.PARAMETER_OUT_OF_RANGE,
        ErrorCode.CONTEXT_LENGTH_EXCEEDED)) {
      return "validation";
    }
    if (problem.status() == 429) {
      return "overloaded";
    }
    return problem.status() >= 500 ? "generation" : problem.code();
  }

  private static String loraxPrefix(String type, Problem problem) {
    return switch (type) {
      case "overloaded" -> problem.isOneOf(ErrorCode.QUEUE_FULL) ? "Model is overloaded: " : "";
      case "validation" -> "Input validation error: ";
      case "generation" -> "Request failed during generation: ";
      default -> "";
    };
  }
}
