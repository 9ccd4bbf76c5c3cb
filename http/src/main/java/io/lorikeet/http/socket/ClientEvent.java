package io.lorikeet.http.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.http.exchange.Problem;
import io.lorikeet.http.json.Fields;
import io.lorikeet.http.json.Json;
import java.util.Optional;
import java.util.regex.Pattern;

/** A message of a client, read as far as the socket has to know it. */
sealed interface ClientEvent {
  /**
   * {@code response.create}.
   *
   * @param lane of its {@code stream_id}; empty: the one without a name
   * @param body the whole event
   * @param bytes of the message
   */
  record Create(Optional<String> lane, ObjectNode body, int bytes) implements ClientEvent {}

  /**
   * {@code response.cancel}.
   *
   * @param responseId what to cancel; empty: what runs in the lane
   */
  record Cancel(Optional<String> lane, Optional<String> responseId) implements ClientEvent {}

  /** An event that cannot be read. */
  record Refused(Optional<String> lane, Problem problem) implements ClientEvent {}

  /** Names of lanes. */
  Pattern STREAM_ID = Pattern.compile("[A-Za-z0-9_.-]{1,256}");

  static ClientEvent read(byte[] utf8) {
    try {
      ObjectNode body = Json.readObject(utf8);
      Optional<JsonNode> streamId = new Fields(body).any("stream_id");
      Optional<String> lane = streamId.filter(JsonNode::isTextual).map(JsonNode::textValue);
      return streamId.isPresent() && lane.filter(STREAM_ID.asMatchPredicate()).isEmpty()
          ? new Refused(Optional.empty(), badStreamId())
          : read(lane, body, utf8.length);
    } catch (LorikeetException e) {
      return new Refused(Optional.empty(), problem(e));
    }
  }

  private static ClientEvent read(Optional<String> lane, ObjectNode body, int bytes) {
    try {
      Fields fields = new Fields(body);
      return switch (fields.requiredText("type")) {
        case "response.create" -> new Create(lane, body, bytes);
        case "response.cancel" -> new Cancel(lane, fields.text("response_id"));
        default -> new Refused(lane, unknownType());
      };
    } catch (LorikeetException e) {
      return new Refused(lane, problem(e));
    }
  }

  /** What a message that is not text stands for. */
  static ClientEvent binary() {
    return new Refused(
        Optional.empty(),
        Problem.of(ErrorCode.REQUEST_INVALID, "a message must be text. Given: a binary one"));
  }

  /** Why nothing was cancelled in a lane. */
  static Problem nothingRuns() {
    return new Problem(
        400, "response_not_running", "nothing runs in this lane", Optional.of("stream_id"));
  }

  private static Problem problem(LorikeetException e) {
    return Problem.of(e.code(), String.valueOf(e.getMessage()));
  }

  private static Problem badStreamId() {
    return new Problem(
        400,
        "invalid_stream_id",
        "`stream_id` must have 1 to 256 letters, digits, `_`, `-` and `.`; leave it out for the"
            + " lane without a name",
        Optional.of("stream_id"));
  }

  private static Problem unknownType() {
    return new Problem(
        400,
        "unknown_event_type",
        "`type` must be response.create or response.cancel",
        Optional.of("type"));
  }
}
