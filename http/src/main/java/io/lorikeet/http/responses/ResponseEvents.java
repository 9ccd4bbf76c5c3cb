package io.lorikeet.http.responses;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.http.chat.TurnEvent;
import io.lorikeet.http.chat.TurnFinish;
import io.lorikeet.http.exchange.ErrorStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The events of one response, in OpenAI's order, numbered from 0. What a whole answer is stands in
 * the last one, so both forms of an answer come from here. Pure; used by one thread at a time.
 */
final class ResponseEvents {
  private final ResponseHead head;
  private final Output output;
  private final List<ObjectNode> told = new ArrayList<>();
  private int number;
  private boolean cut;

  /**
   * @param key of the request, for the ids of items
   * @param logprobs whether the client wants to see them
   */
  ResponseEvents(ResponseHead head, String key, boolean logprobs) {
    this.head = head;
    this.output = new Output(key, logprobs, this::tell);
  }

  /** The first events. */
  List<ObjectNode> begin() {
    tell(event("response.created", now("in_progress")));
    tell(event("response.in_progress", now("in_progress")));
    return take();
  }

  /**
   * The events that an event of the turn is worth.
   *
   * @param epochSeconds now
   */
  List<ObjectNode> fold(TurnEvent event, long epochSeconds) {
    switch (event) {
      case TurnEvent.Text text -> output.text(text);
      case TurnEvent.CallBegun begun -> output.call(begun);
      case TurnEvent.CallArguments arguments -> output.arguments(arguments);
      case TurnEvent.CallEnded _ -> output.callEnded();
      case TurnEvent.ChoiceEnded ended -> {
        cut = ended.reason() == TurnFinish.LENGTH;
        output.end(!cut);
      }
      case TurnEvent.Completed(int promptTokens, int completionTokens) ->
          complete(usage(promptTokens, completionTokens), epochSeconds);
      case TurnEvent.Failed(ErrorCode code, String message) -> fail(code, message);
    }
    return take();
  }

  /** The last events of a response that somebody cancels. */
  List<ObjectNode> cancel() {
    output.cut();
    tell(event("response.incomplete", now("cancelled")));
    return take();
  }

  /** The response as it is, with the items that are complete. */
  ObjectNode now(String status) {
    return head.response(ResponseHead.State.running(status), output.items());
  }

  private void complete(ObjectNode usage, long epochSeconds) {
    Optional<ObjectNode> incomplete =
        cut
            ? Optional.of(JsonNodeFactory.instance.objectNode().put("reason", "max_output_tokens"))
            : Optional.empty();
    ObjectNode response =
        head.response(
            new ResponseHead.State(
                cut ? "incomplete" : "completed",
                cut ? OptionalLong.empty() : OptionalLong.of(epochSeconds),
                Optional.empty(),
                incomplete,
                Optional.of(usage)),
            output.items());
    tell(event(cut ? "response.incomplete" : "response.completed", response));
  }

  private void fail(ErrorCode code, String message) {
    output.cut();
    ObjectNode error =
        JsonNodeFactory.instance
            .objectNode()
            .put("code", openAiCode(code))
            .put("message", message)
            .put("reason", code.wire());
    tell(
        event(
            "response.failed",
            head.response(
                new ResponseHead.State(
                    "failed",
                    OptionalLong.empty(),
                    Optional.of(error),
                    Optional.empty(),
                    Optional.empty()),
                output.items())));
  }

  // OpenAI's list is closed; ours stands beside it.
  private static String openAiCode(ErrorCode code) {
    return switch (ErrorStatus.of(code)) {
      case 429 -> "rate_limit_exceeded";
      case 400, 404, 422 -> "invalid_prompt";
      default -> "server_error";
    };
  }

  private static ObjectNode usage(int promptTokens, int completionTokens) {
    ObjectNode usage = JsonNodeFactory.instance.objectNode().put("input_tokens", promptTokens);
    usage.putObject("input_tokens_details").put("cached_tokens", 0).put("cache_write_tokens", 0);
    usage.put("output_tokens", completionTokens);
    usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
    return usage.put("total_tokens", promptTokens + completionTokens);
  }

  private static ObjectNode event(String type, ObjectNode response) {
    ObjectNode event = JsonNodeFactory.instance.objectNode().put("type", type);
    event.set("response", response);
    return event;
  }

  private void tell(ObjectNode event) {
    told.add(event.put("sequence_number", number++));
  }

  private List<ObjectNode> take() {
    List<ObjectNode> taken = List.copyOf(told);
    told.clear();
    return taken;
  }
}
